using System.Globalization;

namespace ContainerKit.Testing;

/// <summary>What MySQL and MariaDB have in common: the protocol, and an image that only calls things differently.</summary>
internal static class MySqlServer
{
    internal const int Port = 3306;

    /// <summary>Protocol version 10 of the handshake, which the server begins with; an error would be 255.</summary>
    private const byte Handshake = 10;

    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(2);

    internal static string GetConnectionString(string host, int port, string database, string user, string password)
        => string.Create(CultureInfo.InvariantCulture, $"Server={host};Port={port};Database={database};User ID={user};Password={password}");

    /// <summary>A server with a database and a user.</summary>
    /// <param name="image">The image.</param>
    /// <param name="name">What the server is called in messages.</param>
    /// <param name="program">The server.</param>
    /// <param name="dataDirectory">Outside of the volume of the image, so that a snapshot has the data.</param>
    /// <param name="prefix">What the variables of the image begin with.</param>
    /// <param name="database">The database.</param>
    /// <param name="user">The user, who has all rights in it.</param>
    /// <param name="password">The password of the user, and of root.</param>
    internal static ContainerSpec CreateSpec(string image, string name, string program, string dataDirectory, string prefix, string database, string user, string password)
        => ContainerSpec.FromImage(image)
            .WithEnvironment(prefix + "_DATABASE", database).WithEnvironment(prefix + "_USER", user)
            .WithEnvironment(prefix + "_PASSWORD", password).WithEnvironment(prefix + "_ROOT_PASSWORD", password)
            .WithCommand(program, "--datadir=" + dataDirectory)
            .WithPort(Port)
            .WaitFor(Wait.ForPort(Port).WithTimeout(s_longest))
            .WaitFor(ServerGreeting.Wait(Port, [], 5, answer => answer is { Length: 5, Span: [_, _, _, _, Handshake] }, name + " to accept connections").WithTimeout(s_longest));
}
