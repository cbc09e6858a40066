using ContainerKit.Oci;

namespace ContainerKit.Images.Transfers;

/// <summary>What goes wrong with registries, as errors of the engine.</summary>
internal static class TransferErrors
{
    /// <summary>Runs a transfer.</summary>
    /// <param name="what">What is done, for messages: <c>pull of alpine:3.20</c>.</param>
    /// <param name="transfer">The transfer.</param>
    public static async Task<T> TranslateAsync<T>(string what, Func<Task<T>> transfer)
    {
        try
        {
            return await transfer().ConfigureAwait(false);
        }
        catch (RegistryException e) when (e.IsNotFound && e.Url?.Contains("/manifests/", StringComparison.Ordinal) == true)
        {
            throw new NotFoundException($"{what}: the registry has no such image. {e.Message}", e);
        }
        catch (RegistryException e)
        {
            throw new RegistryAccessException($"{what}: {e.Message}", e.StatusCode, e.ErrorCode, e.Url, e.IsTransient, e);
        }
        catch (DigestMismatchException e)
        {
            throw new ContentMismatchException(what, e.Expected, e.Actual);
        }
        catch (OciFormatException e)
        {
            throw new InvalidContentException($"{what}: {e.Message}", e);
        }
        catch (NotSupportedException e)
        {
            throw new UnsupportedException($"{what}: {e.Message}", e);
        }
    }
}
