using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace ContainerKit.TestSupport;

/// <summary>
/// The public surface of an assembly as text, one member a line, in ordinal order: what a program can see or override. Nullability of
/// references is left out, and so is what the compiler adds to records.
/// </summary>
internal static class PublicApiText
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly MemberTypes[] KindOrder = [MemberTypes.Field, MemberTypes.Constructor, MemberTypes.Property, MemberTypes.Event, MemberTypes.Method];

    public static string Render(Assembly assembly) => Render(assembly.GetTypes());

    public static string Render(IEnumerable<Type> types)
    {
        StringBuilder text = new();
        foreach (Type type in types.Where(IsVisible).OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Declaration(type)).Append('\n');
            foreach (string member in Members(type))
            {
                text.Append("    ").Append(member).Append('\n');
            }

            text.Append('\n');
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    /// <summary>True for a type that other assemblies can name.</summary>
    public static bool IsVisible(Type type) => type.DeclaringType is null
        ? type.IsPublic
        : (type.IsNestedPublic || ((type.IsNestedFamily || type.IsNestedFamORAssem) && !type.DeclaringType.IsSealed)) && IsVisible(type.DeclaringType);

    /// <summary>The members of a type that other assemblies can use or override and that someone wrote.</summary>
    public static IEnumerable<MemberInfo> VisibleMembers(Type type)
    {
        if (type.IsEnum)
        {
            return type.GetFields(BindingFlags.Public | BindingFlags.Static);
        }

        return type.IsAssignableTo(typeof(MulticastDelegate))
            ? []
            : type.GetMembers(Declared).Where(member => member switch
            {
                ConstructorInfo constructor => IsReachable(constructor, type) && !IsCompilerMade(constructor) && !constructor.IsStatic,
                MethodInfo method => IsReachable(method, type) && !IsCompilerMade(method) && (!method.IsSpecialName || IsOperator(method)),
                PropertyInfo property => property.GetAccessors(nonPublic: true).Any(accessor => IsReachable(accessor, type)) && property.Name != "EqualityContract",
                EventInfo @event => IsReachable(@event.AddMethod!, type),
                FieldInfo field => (field.IsPublic || ((field.IsFamily || field.IsFamilyOrAssembly) && !type.IsSealed)) && !IsCompilerMade(field),
                _ => false,
            });
    }

    /// <summary>A record, by the method that the compiler adds for <c>with</c> (classes) or for printing (structs).</summary>
    public static bool IsRecord(Type type) => type.GetMethod("<Clone>$", Declared) is not null
        || (type.IsValueType && type.GetMethod("PrintMembers", Declared, [typeof(StringBuilder)]) is { } print && IsCompilerMade(print));

    private static bool IsReachable(MethodBase method, Type type) => method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && !type.IsSealed);

    private static bool IsCompilerMade(MemberInfo member) => member.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);

    private static bool IsOperator(MethodInfo method) => method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static string Declaration(Type type)
    {
        StringBuilder text = new();
        if (type.IsDefined(typeof(FlagsAttribute), inherit: false))
        {
            text.Append("[Flags] ");
        }

        text.Append(Obsolete(type)).Append(type.IsNested && !type.IsNestedPublic ? "protected " : "public ");
        if (type.IsAssignableTo(typeof(MulticastDelegate)))
        {
            MethodInfo invoke = type.GetMethod("Invoke")!;
            return text.Append("delegate ").Append(Name(invoke.ReturnType)).Append(' ').Append(FullName(type)).Append(Parameters(invoke)).ToString();
        }

        text.Append(Kind(type)).Append(' ').Append(FullName(type));
        List<string> bases = [.. Bases(type)];
        if (bases.Count > 0)
        {
            text.Append(" : ").AppendJoin(", ", bases);
        }

        return text.Append(Constraints(type.GetGenericArguments())).ToString();
    }

    private static string Kind(Type type)
    {
        if (type.IsEnum || type.IsInterface)
        {
            return type.IsEnum ? "enum" : "interface";
        }

        string record = IsRecord(type) ? "record " : "";
        if (type.IsValueType)
        {
            string readOnly = type.IsDefined(typeof(IsReadOnlyAttribute), inherit: false) ? "readonly " : "";
            return readOnly + (type.IsByRefLike ? "ref " : "") + record + "struct";
        }

        string modifier = type switch
        {
            { IsAbstract: true, IsSealed: true } => "static ",
            { IsAbstract: true } => "abstract ",
            { IsSealed: true } => "sealed ",
            _ => "",
        };
        return modifier + (record.Length > 0 ? "record" : "class");
    }

    private static IEnumerable<string> Bases(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetUnderlyingType(type) == typeof(int) ? [] : [Name(Enum.GetUnderlyingType(type))];
        }

        Type[] all = type.GetInterfaces();
        Type? parent = type.BaseType is { } b && b != typeof(object) && b != typeof(ValueType) ? b : null;
        IEnumerable<Type> own = all
            .Except(parent?.GetInterfaces() ?? [])
            .Except(all.SelectMany(each => each.GetInterfaces()))
            .Where(each => each.IsVisible && !(IsRecord(type) && each == typeof(IEquatable<>).MakeGenericType(type)));
        IEnumerable<string> names = own.Select(Name).Order(StringComparer.Ordinal);
        return parent is null ? names : names.Prepend(Name(parent));
    }

    /// <summary>Constants and fields, constructors, properties, events, methods; each kind by name, the members of an enumeration by value.</summary>
    private static IEnumerable<string> Members(Type type) => VisibleMembers(type)
        .Select(member => (Member: member, Text: Line(member, type)))
        .OrderBy(each => Array.IndexOf(KindOrder, each.Member.MemberType))
        .ThenBy(each => type.IsEnum ? Convert.ToDecimal(((FieldInfo)each.Member).GetRawConstantValue(), CultureInfo.InvariantCulture) : 0)
        .ThenBy(each => each.Member.Name, StringComparer.Ordinal)
        .ThenBy(each => each.Text, StringComparer.Ordinal)
        .Select(each => each.Text);

    private static string Line(MemberInfo member, Type type) => Obsolete(member) + member switch
    {
        FieldInfo field when type.IsEnum => $"{field.Name} = {Convert.ToString(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}",
        FieldInfo field => Field(field),
        ConstructorInfo constructor => $"{Access(constructor)}{SimpleName(type)}{Parameters(constructor)}",
        PropertyInfo property => Property(property, type),
        EventInfo @event => $"{Access(@event.AddMethod!)}{Modifiers(@event.AddMethod!)}event {Name(@event.EventHandlerType!)} {@event.Name}",
        MethodInfo method => Method(method),
        _ => throw new InvalidOperationException($"{member.MemberType} {member.Name} can't be rendered"),
    };

    private static string Field(FieldInfo field)
    {
        string access = field.IsPublic ? "public " : "protected ";
        if (field.IsLiteral)
        {
            return $"{access}const {Name(field.FieldType)} {field.Name} = {Literal(field.GetRawConstantValue())}";
        }

        string required = field.IsDefined(typeof(RequiredMemberAttribute), inherit: false) ? "required " : "";
        return $"{access}{required}{(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}{Name(field.FieldType)} {field.Name}";
    }

    private static string Property(PropertyInfo property, Type type)
    {
        MethodInfo[] accessors = [.. property.GetAccessors(nonPublic: true).Where(accessor => IsReachable(accessor, type))];
        MethodInfo widest = accessors.FirstOrDefault(accessor => accessor.IsPublic) ?? accessors[0];
        StringBuilder text = new(Access(widest));
        text.Append(property.IsDefined(typeof(RequiredMemberAttribute), inherit: false) ? "required " : "").Append(Modifiers(widest));
        ParameterInfo[] index = property.GetIndexParameters();
        string name = index.Length == 0 ? property.Name : $"this[{string.Join(", ", index.Select(Parameter))}]";
        text.Append(Name(property.PropertyType)).Append(' ').Append(name).Append(" { ");
        foreach (MethodInfo accessor in accessors)
        {
            bool isInit = accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));
            string kind = accessor == property.GetMethod ? "get" : isInit ? "init" : "set";
            text.Append(widest.IsPublic && !accessor.IsPublic ? "protected " : "").Append(kind).Append("; ");
        }

        return text.Append('}').ToString();
    }

    private static string Method(MethodInfo method)
        => $"{Access(method)}{Modifiers(method)}{Name(method.ReturnType)} {method.Name}{Arguments(method.GetGenericArguments())}"
            + Parameters(method)
            + Constraints(method.GetGenericArguments());

    private static string Access(MethodBase method) => method.DeclaringType!.IsInterface && method.IsAbstract ? "" : method.IsPublic ? "public " : "protected ";

    private static string Modifiers(MethodInfo method)
    {
        if (method.IsStatic)
        {
            return method.IsAbstract ? "static abstract " : "static ";
        }

        if (method.DeclaringType!.IsInterface)
        {
            return method.IsAbstract ? "" : "virtual ";
        }

        bool isOverride = method.GetBaseDefinition() != method;
        return method switch
        {
            { IsAbstract: true } => isOverride ? "abstract override " : "abstract ",
            _ when isOverride => method.IsFinal ? "sealed override " : "override ",
            { IsVirtual: true, IsFinal: false } => "virtual ",
            _ => "",
        };
    }

    private static string Parameters(MethodBase method)
        => $"({(method.IsDefined(typeof(ExtensionAttribute), inherit: false) ? "this " : "")}{string.Join(", ", method.GetParameters().Select(Parameter))})";

    private static string Parameter(ParameterInfo parameter)
    {
        Type type = parameter.ParameterType;
        string direction = "";
        if (type.IsByRef)
        {
            type = type.GetElementType()!;
            direction = parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref ";
        }

        if (parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)))
        {
            direction = "params ";
        }

        return $"{direction}{Name(type)} {parameter.Name}{(parameter.HasDefaultValue ? " = " + Default(parameter) : "")}";
    }

    private static string Default(ParameterInfo parameter)
        => parameter.RawDefaultValue is null && parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null
            ? "default"
            : Literal(parameter.RawDefaultValue);

    private static string Literal(object? value) => value switch
    {
        null => "null",
        string text => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).ReplaceLineEndings("\\n") + "\"",
        char c => $"'{c}'",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    // Constructors of types with required members carry a mark for compilers that don't know these; nobody wrote it.
    private static string Obsolete(MemberInfo member)
        => member.IsDefined(typeof(ObsoleteAttribute), inherit: false) && !member.IsDefined(typeof(CompilerFeatureRequiredAttribute), inherit: false)
            ? "[Obsolete] "
            : "";

    private static string Constraints(Type[] arguments)
    {
        StringBuilder text = new();
        foreach (Type argument in arguments.Where(each => each.IsGenericParameter))
        {
            GenericParameterAttributes attributes = argument.GenericParameterAttributes;
            bool isStruct = attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
            List<string> constraints = [];
            if (attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
            {
                constraints.Add("class");
            }

            if (isStruct)
            {
                constraints.Add("struct");
            }

            constraints.AddRange(argument.GetGenericParameterConstraints().Where(each => each != typeof(ValueType)).Select(Name).Order(StringComparer.Ordinal));
            if (attributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !isStruct)
            {
                constraints.Add("new()");
            }

            if (constraints.Count > 0)
            {
                text.Append(" where ").Append(argument.Name).Append(" : ").AppendJoin(", ", constraints);
            }
        }

        return text.ToString();
    }

    private static string FullName(Type type)
    {
        string outer = type.DeclaringType is { } declaring ? FullName(declaring) : type.Namespace ?? "";
        return $"{outer}.{SimpleName(type)}{Arguments(type.GetGenericArguments()[(type.DeclaringType?.GetGenericArguments().Length ?? 0)..])}";
    }

    private static string SimpleName(Type type)
    {
        int tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        return tick < 0 ? type.Name : type.Name[..tick];
    }

    private static string Arguments(Type[] arguments) => arguments.Length == 0 ? "" : $"<{string.Join(", ", arguments.Select(Name))}>";

    private static string Name(Type type)
    {
        if (type.IsByRef)
        {
            return "ref " + Name(type.GetElementType()!);
        }

        if (type.IsArray)
        {
            return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        }

        if (type.IsPointer)
        {
            return Name(type.GetElementType()!) + "*";
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Name(underlying) + "?";
        }

        if (type.IsGenericType && type.IsAssignableTo(typeof(ITuple)) && type.IsValueType)
        {
            return $"({string.Join(", ", type.GetGenericArguments().Select(Name))})";
        }

        if (Keyword(type) is { } keyword)
        {
            return keyword;
        }

        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        int inherited = type.DeclaringType?.GetGenericArguments().Length ?? 0;
        string outer = type.DeclaringType is { } declaring
            ? Name(inherited > 0 ? declaring.MakeGenericType(type.GetGenericArguments()[..inherited]) : declaring) + "."
            : "";
        return outer + SimpleName(type) + Arguments(type.GetGenericArguments()[inherited..]);
    }

    private static string? Keyword(Type type) => type.IsEnum ? null : Type.GetTypeCode(type) switch
    {
        TypeCode.Boolean => "bool",
        TypeCode.Byte => "byte",
        TypeCode.SByte => "sbyte",
        TypeCode.Char => "char",
        TypeCode.Decimal => "decimal",
        TypeCode.Double => "double",
        TypeCode.Single => "float",
        TypeCode.Int16 => "short",
        TypeCode.Int32 => "int",
        TypeCode.Int64 => "long",
        TypeCode.UInt16 => "ushort",
        TypeCode.UInt32 => "uint",
        TypeCode.UInt64 => "ulong",
        TypeCode.String => "string",
        _ when type == typeof(object) => "object",
        _ when type == typeof(void) => "void",
        _ when type == typeof(nint) => "nint",
        _ when type == typeof(nuint) => "nuint",
        _ => null,
    };
}
