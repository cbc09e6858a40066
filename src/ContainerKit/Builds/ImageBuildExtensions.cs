using ContainerKit.Builds.Execution;

namespace ContainerKit;

/// <summary>Builds images from Dockerfiles.</summary>
public static class ImageBuildExtensions
{
    /// <summary>
    /// Builds an image from a Dockerfile. Stages that the result does not need are left out, those that don't need each other are built at the
    /// same time, and steps whose inputs are as they were before come from the cache. What was finished of a build that failed or was
    /// cancelled is there for the next one.
    /// </summary>
    /// <param name="images">The images of an engine.</param>
    /// <param name="spec">What is built and how.</param>
    /// <param name="progress">Is told what happens, from any thread and at once; null: nobody.</param>
    /// <param name="cancellationToken">Stops, and leaves nothing but the cache of the steps that were finished.</param>
    /// <returns>The image, which has its names.</returns>
    /// <exception cref="BuildException">The Dockerfile is malformed, or a step failed.</exception>
    /// <exception cref="NotFoundException">There is no such context.</exception>
    /// <exception cref="InvalidContentException">A name breaks the grammar, or the context is malformed or hostile.</exception>
    /// <exception cref="InvalidOperationException">The collection is not that of an engine.</exception>
    public static Task<Image> BuildAsync(this ImageCollection images, BuildSpec spec, IProgress<BuildEvent>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(spec);
        var builder = images.Builder as ImageBuilder ?? throw new InvalidOperationException("These images are not those of an open engine.");
        return builder.BuildAsync(spec, progress, cancellationToken);
    }
}
