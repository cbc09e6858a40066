using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace ContainerKit.Tests.Architecture;

/// <summary>The metadata tokens in a method body, ECMA-335 partition III: what it calls, creates, casts to, reads.</summary>
internal static class InstructionTokens
{
    private const int TwoByteMark = 0xfe;

    private static readonly Dictionary<int, OperandType> Operands = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value & 0xffff, code => code.OperandType);

    public static IEnumerable<EntityHandle> Read(BlobReader body)
    {
        List<EntityHandle> tokens = [];
        while (body.RemainingBytes > 0)
        {
            int code = body.ReadByte();
            if (code == TwoByteMark)
            {
                code = (code << 8) | body.ReadByte();
            }

            switch (Operands[code])
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType or OperandType.InlineSig:
                    tokens.Add(MetadataTokens.EntityHandle(body.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    int targets = body.ReadInt32();
                    body.Offset += checked(targets * sizeof(int));
                    break;
                case OperandType.InlineBrTarget or OperandType.InlineI or OperandType.InlineString or OperandType.ShortInlineR:
                    body.Offset += sizeof(int);
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    body.Offset += sizeof(long);
                    break;
                case OperandType.InlineVar:
                    body.Offset += sizeof(short);
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    body.Offset += sizeof(byte);
                    break;
            }
        }

        return tokens;
    }
}
