namespace ContainerKit.Tests.Architecture.Samples.Upper;

internal class UpperBase;

internal interface IUpper;

[AttributeUsage(AttributeTargets.All)]
internal sealed class UpperAttribute : Attribute;

internal sealed class UpperField;

internal sealed class UpperParameter;

internal sealed class UpperArgument;

internal sealed class UpperCreated;

internal static class UpperStatic
{
    public static int Value() => 1;
}

internal sealed class UpperCast;

internal sealed class UpperNamed;

internal sealed class UpperException : Exception;

internal static class UpperInLambda
{
    public static int Value() => 1;
}

internal static class UpperInAsync
{
    public static int Value() => 1;
}

internal static class UpperInIterator
{
    public static int Value() => 1;
}

internal static class UpperAfterSwitch
{
    public static int Value() => 1;
}
