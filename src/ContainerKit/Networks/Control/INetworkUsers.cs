namespace ContainerKit.Networks.Control;

/// <summary>The containers of a data root, as networks need them.</summary>
internal interface INetworkUsers
{
    /// <summary>True for a detached container whose processes live, whoever owns it.</summary>
    bool IsAlive(string containerId);

    /// <summary>The containers that are connected to a network, whether they run or not.</summary>
    IReadOnlyList<string> FindUsers(string networkId);
}
