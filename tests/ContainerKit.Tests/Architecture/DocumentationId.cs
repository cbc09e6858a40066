using System.Reflection;

namespace ContainerKit.Tests.Architecture;

/// <summary>The names of members in documentation files, C# specification annex D.4.2 ("ID string format").</summary>
internal static class DocumentationId
{
    public static string Of(MemberInfo member) => member switch
    {
        Type type => "T:" + DefinitionName(type),
        FieldInfo field => $"F:{DefinitionName(field.DeclaringType!)}.{field.Name}",
        EventInfo @event => $"E:{DefinitionName(@event.DeclaringType!)}.{@event.Name}",
        PropertyInfo property => $"P:{DefinitionName(property.DeclaringType!)}.{property.Name}{Parameters(property.GetIndexParameters())}",
        ConstructorInfo constructor => $"M:{DefinitionName(constructor.DeclaringType!)}.#ctor{Parameters(constructor.GetParameters())}",
        MethodInfo method => $"M:{DefinitionName(method.DeclaringType!)}.{method.Name}{Arity(method)}{Parameters(method.GetParameters())}{ConversionTarget(method)}",
        _ => throw new InvalidOperationException($"{member.MemberType} {member.Name} has no documentation id"),
    };

    private static string DefinitionName(Type type) => type.FullName!.Replace('+', '.');

    private static string Arity(MethodInfo method) => method.IsGenericMethod ? $"``{method.GetGenericArguments().Length}" : "";

    private static string ConversionTarget(MethodInfo method) => method.Name is "op_Implicit" or "op_Explicit" ? "~" + Name(method.ReturnType) : "";

    private static string Parameters(ParameterInfo[] parameters)
        => parameters.Length == 0 ? "" : $"({string.Join(',', parameters.Select(parameter => Name(parameter.ParameterType)))})";

    private static string Name(Type type)
    {
        if (type.IsGenericParameter)
        {
            return (type.DeclaringMethod is null ? "`" : "``") + type.GenericParameterPosition;
        }

        if (type.IsByRef || type.IsPointer)
        {
            return Name(type.GetElementType()!) + (type.IsByRef ? "@" : "*");
        }

        if (type.IsArray)
        {
            string bounds = type.IsSZArray ? "" : string.Join(',', Enumerable.Repeat("0:", type.GetArrayRank()));
            return $"{Name(type.GetElementType()!)}[{bounds}]";
        }

        return type.IsGenericType ? ConstructedName(type) : DefinitionName(type);
    }

    /// <summary>Each level of nesting carries its own type arguments in braces.</summary>
    private static string ConstructedName(Type type)
    {
        Type[] arguments = type.GetGenericArguments();
        int inherited = type.DeclaringType?.GetGenericArguments().Length ?? 0;
        string outer = type.DeclaringType is not { } declaring
            ? type.Namespace + "."
            : (inherited > 0 ? Name(declaring.MakeGenericType(arguments[..inherited])) : DefinitionName(declaring)) + ".";
        int tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        string own = arguments.Length > inherited ? $"{{{string.Join(',', arguments[inherited..].Select(Name))}}}" : "";
        return outer + (tick < 0 ? type.Name : type.Name[..tick]) + own;
    }
}
