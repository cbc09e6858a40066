using System.Collections;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace ContainerKit.Oci.Json;

/// <summary>Reading and writing of whole documents, with every failure turned into one <see cref="OciFormatException"/>.</summary>
internal static class OciJson
{
    private const int CurrentSchemaVersion = 2;

    // Strict: no duplicates, no null where a value belongs. Unknown members are ignored, since the specifications ask for it.
    private static readonly JsonSerializerOptions Options = new()
    {
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        MaxDepth = OciLimits.MaxDocumentDepth,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // Command lines in histories stay legible: & and not \u0026. The documents are no HTML.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new OciJsonContext().WithAddedModifier(OmitEmptyCollections),
    };

    public static T Read<T>(ReadOnlySpan<byte> utf8Json, string what)
        where T : class
    {
        CheckSize(utf8Json.Length, what);
        try
        {
            return JsonSerializer.Deserialize(utf8Json, TypeInfo<T>()) ?? throw new OciFormatException(what, null, "is null");
        }
        catch (JsonException e)
        {
            throw Malformed(what, e);
        }
        catch (ArgumentException e)
        {
            // The models' own guards (null elements, negative sizes) are caller bugs in code and malformed content in a document.
            throw new OciFormatException(what, e.ParamName, e.Message, e);
        }
    }

    public static byte[] Write<T>(T document, string what)
    {
        byte[] utf8Json = JsonSerializer.SerializeToUtf8Bytes(document, TypeInfo<T>());
        CheckSize(utf8Json.Length, what);
        return utf8Json;
    }

    /// <summary>Refuses a document that has one of these members at its top: it is, or also passes for, one of another kind.</summary>
    public static void RefuseMembers(ReadOnlySpan<byte> utf8Json, string what, ReadOnlySpan<string> names)
    {
        CheckSize(utf8Json.Length, what);
        try
        {
            Utf8JsonReader reader = new(utf8Json, new JsonReaderOptions { MaxDepth = OciLimits.MaxDocumentDepth });
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                {
                    continue;
                }

                foreach (string name in names)
                {
                    if (reader.ValueTextEquals(name))
                    {
                        throw new OciFormatException(what, "$." + name, "does not belong here; the document is of another kind");
                    }
                }
            }
        }
        catch (JsonException e)
        {
            throw Malformed(what, e);
        }
    }

    public static void CheckKind(string what, int schemaVersion, string mediaType, Func<string, bool> isKind)
    {
        if (schemaVersion != CurrentSchemaVersion)
        {
            throw new OciFormatException(what, "$.schemaVersion", $"{schemaVersion} is not supported; {CurrentSchemaVersion} is");
        }

        if (!isKind(mediaType))
        {
            throw new OciFormatException(what, "$.mediaType", $"\"{mediaType}\" is another kind of document");
        }
    }

    public static void CheckDescriptors(string what, string where, IReadOnlyList<Descriptor> descriptors)
    {
        for (int i = 0; i < descriptors.Count; i++)
        {
            CheckDescriptor(what, $"{where}[{i}]", descriptors[i]);
        }
    }

    public static void CheckDescriptor(string what, string where, Descriptor? descriptor)
    {
        if (descriptor?.Check() is { } fault)
        {
            throw new OciFormatException(what, where, fault);
        }
    }

    private static JsonTypeInfo<T> TypeInfo<T>() => (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));

    private static void OmitEmptyCollections(JsonTypeInfo type)
    {
        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (!property.IsRequired && property.PropertyType != typeof(string) && property.PropertyType.IsAssignableTo(typeof(IEnumerable)))
            {
                property.ShouldSerialize = (_, value) => value is IEnumerable elements && elements.GetEnumerator().MoveNext();
            }
        }
    }

    private static void CheckSize(int size, string what)
    {
        if (size > OciLimits.MaxDocumentSize)
        {
            throw new OciFormatException(what, null, $"has {size} bytes; at most {OciLimits.MaxDocumentSize} are allowed");
        }
    }

    private static OciFormatException Malformed(string what, JsonException e)
    {
        // The serializer appends path and position to its own messages; the path is told apart here, and the position is of no use to a user.
        int position = e.Message.IndexOf(" Path: ", StringComparison.Ordinal);
        return new OciFormatException(what, e.Path, position < 0 ? e.Message : e.Message[..position], e);
    }
}
