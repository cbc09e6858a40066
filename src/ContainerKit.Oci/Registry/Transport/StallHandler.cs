using ContainerKit.Oci.Registry.Transfer;

namespace ContainerKit.Oci.Registry.Transport;

/// <summary>Ends requests that stand still: while content is sent, until the answer comes, and while its content is read.</summary>
internal sealed class StallHandler(RegistryClientOptions options, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.ResponseTimeout, options.TimeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var upload = request.Content as BlobSliceContent;
        if (upload is not null)
        {
            upload.Advanced = isComplete => limit.CancelAfter(isComplete ? options.ResponseTimeout : options.StallTimeout);
        }

        try
        {
            HttpResponseMessage response = await base.SendAsync(request, linked.Token).ConfigureAwait(false);
            response.Content = new StallContent(response.Content, options);
            return response;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException(HttpRequestError.ResponseEnded, "The server did not answer, or take what was sent, in time.", e);
        }
        finally
        {
            upload?.Advanced = null;
        }
    }
}
