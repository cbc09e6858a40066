using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace ContainerKit.IntegrationTests.Programs;

/// <summary>
/// A .NET program that prints what the runtime thinks it has: the memory that the collector may use, the number of processors, its process id. It is
/// emitted, so that a machine with nothing but the runtime can make it.
/// </summary>
internal static class MinimalProgram
{
    internal const int ExitCode = 7;

    /// <summary>Writes <c>program.dll</c> with its configuration into a directory.</summary>
    internal static void Write(string directory)
    {
        var assembly = new PersistedAssemblyBuilder(new AssemblyName("program"), typeof(object).Assembly);
        TypeBuilder type = assembly.DefineDynamicModule("program").DefineType("Program", TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed);
        MethodBuilder main = type.DefineMethod("Main", MethodAttributes.Public | MethodAttributes.Static, typeof(int), []);
        EmitBody(main.GetILGenerator());
        type.CreateType();

        MetadataBuilder metadata = assembly.GenerateMetadata(out BlobBuilder code, out BlobBuilder data);
        var image = new ManagedPEBuilder(
            new PEHeaderBuilder(imageCharacteristics: Characteristics.ExecutableImage),
            new MetadataRootBuilder(metadata),
            code,
            mappedFieldData: data,
            entryPoint: MetadataTokens.MethodDefinitionHandle(main.MetadataToken));
        var bytes = new BlobBuilder();
        image.Serialize(bytes);
        File.WriteAllBytes(Path.Combine(directory, "program.dll"), bytes.ToArray());
        File.WriteAllText(
            Path.Combine(directory, "program.runtimeconfig.json"),
            $$"""
            { "runtimeOptions": { "tfm": "net10.0", "framework": { "name": "Microsoft.NETCore.App", "version": "{{Environment.Version}}" }, "configProperties": { "System.Globalization.Invariant": true } } }
            """);
    }

    private static void EmitBody(ILGenerator body)
    {
        MethodInfo writeNumber = typeof(Console).GetMethod(nameof(Console.WriteLine), [typeof(long)])!;
        LocalBuilder info = body.DeclareLocal(typeof(GCMemoryInfo));
        body.Emit(OpCodes.Call, typeof(GC).GetMethod(nameof(GC.GetGCMemoryInfo), [])!);
        body.Emit(OpCodes.Stloc, info);
        body.Emit(OpCodes.Ldloca, info);
        body.Emit(OpCodes.Call, typeof(GCMemoryInfo).GetProperty(nameof(GCMemoryInfo.TotalAvailableMemoryBytes))!.GetMethod!);
        body.Emit(OpCodes.Call, writeNumber);
        foreach (string property in (string[])[nameof(Environment.ProcessorCount), nameof(Environment.ProcessId)])
        {
            body.Emit(OpCodes.Call, typeof(Environment).GetProperty(property)!.GetMethod!);
            body.Emit(OpCodes.Conv_I8);
            body.Emit(OpCodes.Call, writeNumber);
        }

        body.Emit(OpCodes.Ldc_I4, ExitCode);
        body.Emit(OpCodes.Ret);
    }
}
