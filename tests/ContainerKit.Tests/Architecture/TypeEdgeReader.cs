using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace ContainerKit.Tests.Architecture;

/// <summary>
/// The edges between the types of one compiled assembly: base types, interfaces, fields, signatures, attributes, generic constraints, and
/// everything that method bodies mention. Nested types (lambdas, iterators and state machines too) count as the type around them.
/// </summary>
internal sealed class TypeEdgeReader : IDisposable
{
    private readonly PEReader _image;
    private readonly MetadataReader _metadata;
    private readonly TypeCollector _collector;
    private readonly HashSet<TypeEdge> _edges = [];

    private TypeEdgeReader(string assemblyPath)
    {
        _image = new PEReader(File.OpenRead(assemblyPath));
        _metadata = _image.GetMetadataReader();
        _collector = new TypeCollector();
    }

    /// <summary>Every edge inside the assembly; types that the compiler made up are left out.</summary>
    public static IReadOnlyCollection<TypeEdge> Read(string assemblyPath)
    {
        using TypeEdgeReader reader = new(assemblyPath);
        foreach (TypeDefinitionHandle type in reader._metadata.TypeDefinitions)
        {
            reader.ReadType(type);
        }

        return reader._edges;
    }

    /// <summary>The top-level types of an assembly that someone wrote.</summary>
    public static IReadOnlyList<string> TopLevelTypes(string assemblyPath)
    {
        using TypeEdgeReader reader = new(assemblyPath);
        return [.. reader._metadata.TypeDefinitions
            .Where(type => reader._metadata.GetTypeDefinition(type).GetDeclaringType().IsNil)
            .Select(reader.NameOf)
            .OfType<string>()
            .Distinct()];
    }

    /// <summary>Names of the methods that call native code directly, by [DllImport] or what [LibraryImport] generates.</summary>
    public static IReadOnlyList<string> NativeMethods(string assemblyPath)
    {
        using TypeEdgeReader reader = new(assemblyPath);
        MetadataReader metadata = reader._metadata;
        return [.. metadata.MethodDefinitions
            .Select(metadata.GetMethodDefinition)
            .Where(method => method.Attributes.HasFlag(MethodAttributes.PinvokeImpl))
            .Select(method => $"{reader.NameOf(method.GetDeclaringType())}.{metadata.GetString(method.Name)}")];
    }

    public void Dispose() => _image.Dispose();

    private void ReadType(TypeDefinitionHandle handle)
    {
        if (NameOf(handle) is not { } from)
        {
            return;
        }

        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        Visit(from, "its declaration", () =>
        {
            Collect(type.BaseType);
            foreach (InterfaceImplementationHandle implementation in type.GetInterfaceImplementations())
            {
                Collect(_metadata.GetInterfaceImplementation(implementation).Interface);
            }

            CollectConstraints(type.GetGenericParameters());
            CollectAttributes(type.GetCustomAttributes());
        });
        foreach (FieldDefinitionHandle field in type.GetFields())
        {
            FieldDefinition definition = _metadata.GetFieldDefinition(field);
            Visit(from, _metadata.GetString(definition.Name), () =>
            {
                definition.DecodeSignature(_collector, null);
                CollectAttributes(definition.GetCustomAttributes());
            });
        }

        foreach (PropertyDefinitionHandle property in type.GetProperties())
        {
            PropertyDefinition definition = _metadata.GetPropertyDefinition(property);
            Visit(from, _metadata.GetString(definition.Name), () => CollectAttributes(definition.GetCustomAttributes()));
        }

        foreach (MethodDefinitionHandle method in type.GetMethods())
        {
            MethodDefinition definition = _metadata.GetMethodDefinition(method);
            Visit(from, _metadata.GetString(definition.Name), () => CollectMethod(definition));
        }
    }

    private void CollectMethod(MethodDefinition method)
    {
        method.DecodeSignature(_collector, null);
        CollectConstraints(method.GetGenericParameters());
        CollectAttributes(method.GetCustomAttributes());
        if (method.RelativeVirtualAddress == 0)
        {
            return;
        }

        MethodBodyBlock body = _image.GetMethodBody(method.RelativeVirtualAddress);
        Collect(body.LocalSignature);
        foreach (ExceptionRegion region in body.ExceptionRegions.Where(region => !region.CatchType.IsNil))
        {
            Collect(region.CatchType);
        }

        foreach (EntityHandle token in InstructionTokens.Read(body.GetILReader()))
        {
            Collect(token);
        }
    }

    private void CollectConstraints(GenericParameterHandleCollection parameters)
    {
        foreach (GenericParameterHandle parameter in parameters)
        {
            foreach (GenericParameterConstraintHandle constraint in _metadata.GetGenericParameter(parameter).GetConstraints())
            {
                Collect(_metadata.GetGenericParameterConstraint(constraint).Type);
            }
        }
    }

    private void CollectAttributes(CustomAttributeHandleCollection attributes)
    {
        foreach (CustomAttributeHandle attribute in attributes)
        {
            Collect(_metadata.GetCustomAttribute(attribute).Constructor);
        }
    }

    /// <summary>Collects every type of this assembly that a token leads to.</summary>
    private void Collect(EntityHandle handle)
    {
        if (handle.IsNil)
        {
            return;
        }

        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                _collector.Found.Add((TypeDefinitionHandle)handle);
                break;
            case HandleKind.TypeSpecification:
                _metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(_collector, null);
                break;
            case HandleKind.FieldDefinition:
                FieldDefinition field = _metadata.GetFieldDefinition((FieldDefinitionHandle)handle);
                _collector.Found.Add(field.GetDeclaringType());
                field.DecodeSignature(_collector, null);
                break;
            case HandleKind.MethodDefinition:
                MethodDefinition method = _metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                _collector.Found.Add(method.GetDeclaringType());
                method.DecodeSignature(_collector, null);
                break;
            case HandleKind.MemberReference:
                MemberReference member = _metadata.GetMemberReference((MemberReferenceHandle)handle);
                Collect(member.Parent);
                if (member.GetKind() == MemberReferenceKind.Method)
                {
                    member.DecodeMethodSignature(_collector, null);
                }
                else
                {
                    member.DecodeFieldSignature(_collector, null);
                }

                break;
            case HandleKind.MethodSpecification:
                MethodSpecification generic = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                Collect(generic.Method);
                generic.DecodeSignature(_collector, null);
                break;
            case HandleKind.StandaloneSignature:
                StandaloneSignature signature = _metadata.GetStandaloneSignature((StandaloneSignatureHandle)handle);
                if (signature.GetKind() == StandaloneSignatureKind.LocalVariables)
                {
                    signature.DecodeLocalSignature(_collector, null);
                }
                else
                {
                    signature.DecodeMethodSignature(_collector, null);
                }

                break;
        }
    }

    private void Visit(string from, string member, Action collect)
    {
        _collector.Found.Clear();
        collect();
        foreach (string to in _collector.Found.Select(NameOf).OfType<string>().Where(to => to != from))
        {
            _edges.Add(new TypeEdge(from, to, member));
        }
    }

    /// <summary>Full name of the top-level type around a type, without arity; null for what the compiler made up.</summary>
    private string? NameOf(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
        {
            type = _metadata.GetTypeDefinition(type.GetDeclaringType());
        }

        string name = _metadata.GetString(type.Name);
        string space = _metadata.GetString(type.Namespace);
        // A file-local type is called <File>F<hash>__Name; everything else in angle brackets, and embedded attributes, nobody wrote.
        int mangled = name.StartsWith('<') && name.Contains(">F", StringComparison.Ordinal) ? name.IndexOf("__", StringComparison.Ordinal) + 2 : 0;
        if ((name.StartsWith('<') && mangled < 2) || !space.StartsWith("ContainerKit", StringComparison.Ordinal))
        {
            return null;
        }

        int tick = name.IndexOf('`', StringComparison.Ordinal);
        return $"{space}.{name[mangled..(tick < 0 ? name.Length : tick)]}";
    }
}
