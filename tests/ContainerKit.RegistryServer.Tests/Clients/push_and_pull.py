"""Pushes an image in chunks, pulls it, lists and deletes: with nothing but the standard library, as the specification shows it."""
import base64
import hashlib
import json
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request

address, way, certificates = sys.argv[1:]
handlers = [urllib.request.ProxyHandler({})]
if way == "certificate":
    context = ssl.create_default_context(cafile=certificates + "/ca.crt")
    context.load_cert_chain(certificates + "/client.cert", certificates + "/client.key")
    handlers.append(urllib.request.HTTPSHandler(context=context))
opener = urllib.request.build_opener(*handlers)
shown = {}
if way in ("basic", "tokens"):
    shown = {"Authorization": "Basic " + base64.b64encode(b"alice:secret").decode()}


def send(method, path, body=None, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(urllib.parse.urljoin(address, path), data=body, method=method, headers={**shown, **named})
    try:
        with opener.open(request, timeout=120) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def expect(status, answer):
    assert answer[0] == status, answer
    return answer


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


if way in ("basic", "tokens"):
    known, shown = shown, {}
    challenge = expect(401, send("GET", "/v2/"))[1]["WWW-Authenticate"]
    assert challenge.startswith("Bearer" if way == "tokens" else "Basic"), challenge
    shown = known
if way == "tokens":
    realm = challenge.split('realm="')[1].split('"')[0]
    query = urllib.parse.urlencode({"service": "containerkit-registry", "scope": "repository:py/app:pull,push,delete"})
    token = json.loads(expect(200, send("GET", realm + "?" + query))[2])["token"]
    shown = {"Authorization": "Bearer " + token}

expect(200, send("GET", "/v2/"))
layer = bytes(range(256)) * 40
location = expect(202, send("POST", "/v2/py/app/blobs/uploads/"))[1]["Location"]
for start in range(0, len(layer), 4096):
    chunk = layer[start:start + 4096]
    where = "%d-%d" % (start, start + len(chunk) - 1)
    headers = expect(202, send("PATCH", location, chunk, Content_Type="application/octet-stream", Content_Range=where))[1]
    assert headers["Range"] == "0-%d" % (start + len(chunk) - 1), headers
    location = headers["Location"]
expect(201, send("PUT", location + "?" + urllib.parse.urlencode({"digest": digest(layer)}), b""))
config = json.dumps({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": [digest(layer)]}}).encode()
expect(201, send("POST", "/v2/py/app/blobs/uploads/?digest=" + digest(config), config, Content_Type="application/octet-stream"))
kind = "application/vnd.oci.image.manifest.v1+json"
manifest = json.dumps({
    "schemaVersion": 2,
    "mediaType": kind,
    "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(config), "size": len(config)},
    "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": digest(layer), "size": len(layer)}],
}).encode()
expect(201, send("PUT", "/v2/py/app/manifests/v1", manifest, Content_Type=kind))

_, headers, content = expect(200, send("GET", "/v2/py/app/manifests/v1", Accept=kind))
assert content == manifest and headers["Docker-Content-Digest"] == digest(manifest), headers
assert expect(200, send("GET", "/v2/py/app/blobs/" + digest(layer)))[2] == layer
assert expect(206, send("GET", "/v2/py/app/blobs/" + digest(layer), Range="bytes=10-19"))[2] == layer[10:20]
assert json.loads(expect(200, send("GET", "/v2/py/app/tags/list"))[2]) == {"name": "py/app", "tags": ["v1"]}
expect(202, send("DELETE", "/v2/py/app/manifests/v1"))
assert json.loads(expect(404, send("GET", "/v2/py/app/manifests/v1"))[2])["errors"][0]["code"] == "MANIFEST_UNKNOWN"
print("done")
