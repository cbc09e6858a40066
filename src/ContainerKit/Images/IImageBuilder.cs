namespace ContainerKit.Images;

/// <summary>What builds images of a collection. Builds are made of containers, so that images know no more of it than that it is there.</summary>
internal interface IImageBuilder;
