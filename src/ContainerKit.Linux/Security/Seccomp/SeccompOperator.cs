namespace ContainerKit.Linux.Security;

/// <summary>How an argument of a system call is compared, as unsigned 64-bit numbers.</summary>
public enum SeccompOperator
{
    /// <summary>SCMP_CMP_NE: not equal.</summary>
    NotEqual,

    /// <summary>SCMP_CMP_LT: less than.</summary>
    LessThan,

    /// <summary>SCMP_CMP_LE: less than or equal.</summary>
    LessOrEqual,

    /// <summary>SCMP_CMP_EQ: equal.</summary>
    Equal,

    /// <summary>SCMP_CMP_GE: greater than or equal.</summary>
    GreaterOrEqual,

    /// <summary>SCMP_CMP_GT: greater than.</summary>
    GreaterThan,

    /// <summary>SCMP_CMP_MASKED_EQ: the argument AND <see cref="SeccompArgument.Value"/> equals <see cref="SeccompArgument.ValueTwo"/>.</summary>
    MaskedEqual,
}
