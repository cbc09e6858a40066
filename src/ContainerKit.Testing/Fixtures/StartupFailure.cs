namespace ContainerKit.Testing;

/// <summary>What kept a fixture from starting: told in full once, and referred to afterwards.</summary>
internal sealed class StartupFailure
{
    private Exception? _failure;
    private int _told;

    internal void Set(Exception failure) => _failure = failure;

    /// <exception cref="InvalidOperationException">There is none.</exception>
    internal T Check<T>(T? value, Type fixture)
        where T : class
    {
        if (_failure is { } failure)
        {
            throw Interlocked.Exchange(ref _told, 1) == 0
                ? new InvalidOperationException($"{Name(fixture)} could not start its container. {failure.Message}", failure)
                : new InvalidOperationException($"{Name(fixture)} could not start its container, as another test that failed says in full: {FirstLine(failure.Message)}");
        }

        return value ?? throw new InvalidOperationException($"{Name(fixture)} has no container: xunit starts it, as IClassFixture, ICollectionFixture or [assembly: AssemblyFixture].");
    }

    private static string Name(Type type)
        => type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : type.Name;

    private static string FirstLine(string text)
    {
        int end = text.IndexOf('\n', StringComparison.Ordinal);
        return end < 0 ? text : text[..end];
    }
}
