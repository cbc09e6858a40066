using ContainerKit.Tests.Architecture.Samples.Upper;

namespace ContainerKit.Tests.Architecture.Samples.Lower;

/// <summary>Uses a type of another part in every way that the checker must see.</summary>
[Upper]
internal sealed class LowerType : UpperBase, IUpper
{
    private readonly UpperField? _field;

    public LowerType(UpperField? field) => _field = field;

    public bool HasField => _field is not null;

    public static bool Parameter(UpperParameter? parameter) => parameter is null;

    public static int TypeArgument(Dictionary<string, UpperArgument[]> map) => map.Count;

    public static bool Constraint<T>(T? value)
        where T : UpperBase => value is null;

    public static string Create() => new UpperCreated().ToString() ?? "";

    public static int CallStatic() => UpperStatic.Value();

    public static int CallGeneric() => Array.Empty<UpperArgument>().Length;

    public static bool Cast(object value) => value is UpperCast;

    public static string NameType() => typeof(UpperNamed).Name;

    public static bool Catch(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (UpperException)
        {
            return false;
        }
    }

    public static Func<int> Lambda(int offset) => () => offset + UpperInLambda.Value();

    public static async Task<int> Async()
    {
        await Task.Yield();
        return UpperInAsync.Value();
    }

    public static IEnumerable<int> Iterator()
    {
        yield return UpperInIterator.Value();
    }

    public static int Switch(int value)
    {
        switch (value)
        {
            case 0: return 5;
            case 1: return 4;
            case 2: return 3;
            case 3: return 2;
            default: return UpperAfterSwitch.Value();
        }
    }
}
