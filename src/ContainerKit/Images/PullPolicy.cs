namespace ContainerKit;

/// <summary>When an image is pulled that may be here already.</summary>
public enum PullPolicy
{
    /// <summary>The registry is asked what the name means now; what is here already is not fetched again.</summary>
    Always,

    /// <summary>Only when there is no image of the name here.</summary>
    Missing,

    /// <summary>Never: the image has to be here.</summary>
    Never,

    /// <summary>When the registry has another one than is here; where the registry can't be asked, what is here will do.</summary>
    Newer,
}
