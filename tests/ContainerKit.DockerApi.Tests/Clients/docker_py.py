# What programs do with docker-py: docker_py.py SOCKET REGISTRY. Needs the image busybox:local; ends with 1 when something fails.
import docker, docker.utils.socket, io, json, os, shutil, sys, tarfile, tempfile, threading, time, traceback
sock, reg = sys.argv[1], (sys.argv[2] if len(sys.argv) > 2 else None)
c = docker.DockerClient(base_url='unix://' + sock, version=os.environ.get('V','auto'), timeout=60)
api = c.api
fails = 0
def check(name):
    def deco(f):
        global fails
        try:
            f(); print('ok  ', name)
        except Exception as e:
            fails += 1; print('FAIL', name); traceback.print_exc(limit=4, file=sys.stdout)
        return f
    return deco
IMG='busybox:local'
ROOTLESS='name=rootless' in c.info()['SecurityOptions']
@check('version/info/ping/df')
def _():
    assert c.ping(); c.version(); c.info(); c.df()
@check('run output')
def _():
    assert c.containers.run(IMG, ['echo','hi'], remove=True) == b'hi\n'
@check('run stderr and exit code')
def _():
    try: c.containers.run(IMG, 'sh -c "echo bad >&2; exit 3"', remove=True); assert False
    except docker.errors.ContainerError as e: assert e.exit_status == 3 and e.stderr == b'bad\n', (e.exit_status, e.stderr)
@check('logs follow / since / tail / timestamps')
def _():
    k = c.containers.run(IMG, ['sh','-c','for i in 1 2 3 4 5; do echo line $i; sleep 0.2; done'], detach=True)
    got = b''.join(k.logs(stream=True, follow=True)); assert got == b''.join(b'line %d\n'%i for i in range(1,6)), got
    assert k.wait()['StatusCode'] == 0
    assert k.logs(tail=2) == b'line 4\nline 5\n'
    assert k.logs(timestamps=True).count(b'Z line') == 5
    assert k.logs(since=int(time.time())+100) == b''
    assert k.logs(until=int(time.time())-1000) == b''
    k.remove()
@check('exec')
def _():
    k = c.containers.run(IMG, ['sleep','1000'], detach=True, name='pyexec', labels={'a':'b'}, environment={'X':'1'})
    assert k.exec_run(['sh','-c','echo out; exit 7'], demux=True).exit_code == 7
    # docker-py loses output that arrives together with the head of the answer: what is compared waits for input
    def ask(command, **more):
        e = api.exec_create(k.id, ['sh','-c','read x; '+command], stdin=True, **more); s = api.exec_start(e['Id'], socket=True); raw = getattr(s,'_sock',s)
        raw.sendall(b'go\n'); out = {1: b'', 2: b''}
        for stream, data in docker.utils.socket.frames_iter(raw, tty=False): out[stream] += data
        return (out[1], out[2], api.exec_inspect(e['Id'])['ExitCode'])
    assert ask('echo out; echo err >&2; exit 7') == (b'out\n', b'err\n', 7)
    assert ask('id -u; pwd; echo $Q', user='0', workdir='/tmp', environment=['Q=1'])[0] == b'0\n/tmp\n1\n'
    e = api.exec_create(k.id, 'cat', stdin=True); s = api.exec_start(e['Id'], socket=True); raw = getattr(s,'_sock',s)
    raw.sendall(b'hello\n'); import socket as so; raw.shutdown(so.SHUT_WR)
    data=b''
    while True:
        d=raw.recv(4096)
        if not d: break
        data+=d
    assert data[8:]==b'hello\n', data
    assert api.exec_inspect(e['Id'])['ExitCode']==0
    e = api.exec_create(k.id, ['sh','-c','stty size'], tty=True); api.exec_start(e['Id'], tty=True)
    k.exec_run('sleep 100', detach=True)
    assert c.containers.list(filters={'label':'a=b','name':'pyexec'})[0].id == k.id
    k.top(); k.top(ps_args='aux'); k.stats(stream=False); g=k.stats(stream=True, decode=True); next(g); next(g); g.close()
    k.rename('pyexec2'); k.reload(); assert k.name=='pyexec2'
    k.update(mem_limit='128m', memswap_limit='256m') if not ROOTLESS else None
    k.pause() if not ROOTLESS else None; k.unpause() if not ROOTLESS else None
    k.restart(timeout=0); k.kill(signal='SIGKILL'); k.wait(); k.start(); k.stop(timeout=0)
    k.remove(v=True, force=True)
@check('archive')
def _():
    k = c.containers.create(IMG, 'true')
    b = io.BytesIO(); t = tarfile.open(fileobj=b, mode='w'); i = tarfile.TarInfo('f.txt'); i.size=5; i.mode=0o640; t.addfile(i, io.BytesIO(b'12345')); t.close()
    assert k.put_archive('/tmp', b.getvalue())
    g, stat = k.get_archive('/tmp/f.txt'); d = b''.join(g); assert stat['size']==5 and stat['name']=='f.txt', stat
    assert tarfile.open(fileobj=io.BytesIO(d)).extractfile('f.txt').read()==b'12345'
    try: k.get_archive('/nope'); assert False
    except docker.errors.NotFound: pass
    assert any(x['Path']=='/tmp/f.txt' for x in k.diff()), k.diff()
    assert len(b''.join(k.export()))>100000
    im = k.commit('pycommit','x', message='m', author='me', changes=['ENV A=1'], conf={'Labels':{'z':'1'}}); assert im.labels['z']=='1'
    c.images.remove('pycommit:x'); k.remove()
@check('attach socket')
def _():
    k = c.containers.create(IMG, 'cat', stdin_open=True, tty=False)
    s = k.attach_socket(params={'stdin':1,'stdout':1,'stream':1}); raw=getattr(s,'_sock',s)
    k.start(); raw.sendall(b'abc\n'); d=raw.recv(100); assert d[8:]==b'abc\n' or d==b'\1\0\0\0\0\0\0\4', d
    raw.close(); k.remove(force=True)
    k = c.containers.create(IMG, 'cat', stdin_open=True, tty=True); k.start(); k.resize(20,100)
    s = k.attach_socket(params={'stdin':1,'stdout':1,'stream':1}); raw=getattr(s,'_sock',s); raw.sendall(b'abc\n'); d=raw.recv(100); assert d.startswith(b'abc'), d; raw.close(); k.remove(force=True)
@check('attach stream')
def _():
    k = c.containers.create(IMG, ['sh','-c','echo 1; echo 2 >&2'])
    g = k.attach(stream=True, logs=True, demux=True); k.start(); out=list(g); assert (b'1\n',None) in out and (None,b'2\n') in out, out; k.remove(force=True)
@check('build')
def _():
    im, log = c.images.build(fileobj=io.BytesIO(b'FROM busybox:local\nRUN echo built > /b\nLABEL x=y\nARG A=1\nENV B=$A\n'), tag='pybuild:1', buildargs={'A':'5'}, labels={'l':'1'}, rm=True, pull=False)
    assert 'pybuild:1' in im.tags and im.labels=={'x':'y','l':'1'}, im.attrs; list(log)
    assert b'built\n' == c.containers.run('pybuild:1','cat /b',remove=True)
    ctx=tempfile.mkdtemp(); open(ctx+'/Dockerfile','w').write('FROM busybox:local\nCOPY a /a\nRUN false\n'); open(ctx+'/a','w').write('a')
    try: c.images.build(path=ctx); assert False
    except docker.errors.BuildError as e: assert 'non-zero code' in str(e), e
    open(ctx+'/Dockerfile','w').write('FROM busybox:local\nCOPY a /a\n')
    c.images.build(path=ctx, nocache=True, tag='pybuild:2', gzip=True, forcerm=True, network_mode='none', container_limits={'memory':100000000} if not ROOTLESS else None)
    assert c.images.get('pybuild:1').history()
    data=b''.join(c.images.get('pybuild:1').save(named=True)); c.images.remove('pybuild:1', force=True); ims=c.images.load(data); assert ims[0].tags==['pybuild:1'], ims
    c.images.remove('pybuild:1'); c.images.remove('pybuild:2'); shutil.rmtree(ctx)
@check('registry push/pull')
def _():
    if not reg: print('     no registry'); return
    im=c.images.get(IMG); assert im.tag(reg+'/py/bb','1')
    ev=[json.loads(l) for l in c.images.push(reg+'/py/bb',tag='1').splitlines() if l]; assert not any('error' in e for e in ev), ev
    for l in c.images.push(reg+'/py/bb',tag='1',stream=True,decode=True): assert 'error' not in l, l
    c.images.remove(reg+'/py/bb:1'); p=c.images.pull(reg+'/py/bb',tag='1'); assert p.id==im.id
    d=c.images.get_registry_data(reg+'/py/bb:1'); assert d.id.startswith('sha256:') and d.has_platform('linux/amd64'), d.attrs
    c.images.remove(reg+'/py/bb:1'); ps=c.images.pull(reg+'/py/bb',all_tags=True); assert len(ps)==1
    p2=c.images.pull(reg+'/py/bb@'+d.id); c.images.remove(reg+'/py/bb:1')
    try: c.images.pull(reg+'/py/none',tag='1'); assert False
    except (docker.errors.NotFound, docker.errors.ImageNotFound): pass
    try: print('     login:', c.login('u','p',registry=reg))
    except docker.errors.APIError as e: print('     login', e)
@check('events')
def _():
    t0=time.time(); g=c.events(decode=True, filters={'type':['container','network','volume','image']}); got=[]
    th=threading.Thread(target=lambda:[got.append(e) for e in g], daemon=True); th.start()
    c.containers.run(IMG,'true',remove=True,name='pyev'); v=c.volumes.create('pyev'); v.remove(); n=c.networks.create('pyev'); n.remove()
    for _ in range(1200):
        if any(e['Type']=='network' and e['Action']=='destroy' and e['Actor']['Attributes'].get('name')=='pyev' for e in got): break
        time.sleep(0.1)
    g.close()
    acts=[(e['Type'],e['Action']) for e in got]; print('    ', acts)
    for want in [('container','create'),('container','start'),('container','die'),('container','destroy'),('volume','create'),('volume','destroy'),('network','create'),('network','connect'),('network','disconnect'),('network','destroy')]: assert want in acts, want
    past=list(c.events(since=int(t0)-1, until=int(time.time())+1, decode=True, filters={'event':'die'})); assert len(past)>=1, past
@check('networks, volumes')
def _():
    n=c.networks.create('pynet',driver='bridge',ipam=docker.types.IPAMConfig(pool_configs=[docker.types.IPAMPool(subnet='10.231.77.0/24',gateway='10.231.77.254')]),labels={'q':'1'},check_duplicate=True,internal=False)
    k=c.containers.run(IMG,'sleep 1000',detach=True); n.connect(k,aliases=['al'],ipv4_address='10.231.77.7'); n.reload(); assert [x.id for x in n.containers]==[k.id]
    k.reload(); assert k.attrs['NetworkSettings']['Networks']['pynet']['IPAddress']=='10.231.77.7'
    n.disconnect(k,force=True); k.remove(force=True); n.remove()
    v=c.volumes.create('pyvol',driver='local',labels={'q':'1'}); assert c.volumes.list(filters={'label':'q=1'})
    assert c.containers.run(IMG,'sh -c "echo x>/d/f; ls /d"',volumes={'pyvol':{'bind':'/d','mode':'rw'}},remove=True)==b'f\n'
    v.remove(force=True); c.networks.prune(filters={'label':['nobody']}); c.volumes.prune(filters={'label':['nobody']}); c.containers.prune(filters={'label':['nobody']})
@check('many options')
def _():
    k=c.containers.create(IMG,['sleep','1000'],hostname='h',domainname='d',user='0',working_dir='/tmp',cap_add=['NET_ADMIN'],cap_drop=['MKNOD'],dns=['10.0.0.1'],dns_search=['x.y'],extra_hosts={'a':'1.2.3.4'},
      init=True,ipc_mode='private',labels=['l1'],log_config=docker.types.LogConfig(type='json-file',config={'max-size':'1m'}),mounts=[docker.types.Mount('/m','pym'),docker.types.Mount('/t',None,type='tmpfs',tmpfs_size=1000000)],
      oom_score_adj=100,ports={'80/tcp':None,'81/udp':('127.0.0.1',0)},read_only=True,restart_policy={'Name':'on-failure','MaximumRetryCount':3},security_opt=['no-new-privileges'],shm_size='32m',stop_signal='SIGINT',sysctls={'net.core.somaxconn':'200'},tmpfs={'/x':'size=1m'},ulimits=[docker.types.Ulimit(name='nofile',soft=100,hard=200)],healthcheck={'test':['CMD','true'],'interval':1000000000},
      **({'mem_limit':'64m','cpu_shares':512,'pids_limit':50,'nano_cpus':500000000} if not ROOTLESS else {}))
    k.start(); k.reload(); assert k.ports['80/tcp'][0]['HostPort']!='0', k.ports; print('    ', k.ports, k.health if hasattr(k,'health') else ''); k.remove(force=True,v=True); c.volumes.get('pym').remove()
@check('build of a tar')
def _():
    def context(**files):
        b=io.BytesIO(); t=tarfile.open(fileobj=b, mode='w')
        for name, text in files.items(): i=tarfile.TarInfo(name); i.size=len(text); t.addfile(i, io.BytesIO(text))
        t.close(); b.seek(0); return b
    f=b'FROM busybox:local AS one\nARG A\nRUN echo a is $A\nFROM one AS two\nCOPY data /data\nRUN false\n'
    for nocache in (True, False, True):
        lines=list(api.build(fileobj=context(File=f,data=b'x'),custom_context=True,dockerfile='File',tag='pytar:1',buildargs={'A':'5'},target='one',labels={'k':'v'},nocache=nocache,rm=True,decode=True))
        assert not any('error' in l for l in lines), lines
        assert any('Successfully tagged pytar:1' in l.get('stream','') for l in lines), lines
        assert any('Using cache' in l.get('stream','') for l in lines) != nocache, lines
        assert not nocache or any('a is 5' in l.get('stream','') for l in lines), lines
    assert c.images.get('pytar:1').labels=={'k':'v'}; c.images.remove('pytar:1')
    lines=list(api.build(fileobj=context(File=f,data=b'x'),custom_context=True,dockerfile='File',decode=True))
    assert 'non-zero code: 1' in lines[-1]['error'], lines
@check('push and pull, decoded, with auth_config')
def _():
    if not reg: print('     no registry'); return
    name=reg+'/py/auth'; auth={'username':'u','password':'p'}; im=c.images.get(IMG); assert im.tag(name,'1')
    up=list(c.images.push(name,tag='1',auth_config=auth,stream=True,decode=True)); aux=[l['aux'] for l in up if 'aux' in l]; assert len(aux)==1 and aux[0]['Tag']=='1' and aux[0]['Digest'].startswith('sha256:') and aux[0]['Size']>0, up
    c.images.remove(name+':1'); down=list(api.pull(name,tag='1',auth_config=auth,stream=True,decode=True)); assert any(aux[0]['Digest'] in l.get('status','') for l in down) and not any('error' in l for l in down), down
    assert c.images.pull(name,tag='1',auth_config=auth).id==im.id; c.images.remove(name+':1')
@check('run with many options')
def _():
    k=c.containers.run(IMG,['sh','-c','mkdir /www; echo page>/www/index.html; httpd -f -p 80 -h /www'],detach=True,ports={'80/tcp':('127.0.0.1',None)},volumes={'pyrun':{'bind':'/data','mode':'rw'},'/etc':{'bind':'/host','mode':'ro'}},
      healthcheck={'test':['CMD-SHELL','wget -q -O - http://127.0.0.1/ | grep page'],'interval':1000000000,'timeout':30000000000,'retries':100},**({'mem_limit':'64m'} if not ROOTLESS else {}))
    for _ in range(600):
        k.reload()
        if k.attrs['State']['Health']['Status']=='healthy': break
        time.sleep(0.1)
    assert k.attrs['State']['Health']['Status']=='healthy', k.attrs['State']
    assert k.ports['80/tcp'][0]['HostIp']=='127.0.0.1' and int(k.ports['80/tcp'][0]['HostPort'])>0, k.ports
    assert ROOTLESS or k.attrs['HostConfig']['Memory']==64<<20
    assert {m['Destination']:m['RW'] for m in k.attrs['Mounts']}=={'/data':True,'/host':False}, k.attrs['Mounts']
    assert any(v['Name']=='pyrun' for v in c.df()['Volumes'])
    k.remove(force=True); assert 'pyrun' in [v.name for v in c.volumes.list()]; c.volumes.get('pyrun').remove()
@check('attach socket, half closed')
def _():
    import socket as so
    k=c.containers.create(IMG,['sh','-c','wc -c; echo bad >&2'],stdin_open=True); s=k.attach_socket(params={'stdin':1,'stdout':1,'stderr':1,'stream':1}); raw=getattr(s,'_sock',s); k.start()
    raw.sendall(b'x'*1000000); raw.shutdown(so.SHUT_WR); out={1:b'',2:b''}
    for stream, data in docker.utils.socket.frames_iter(raw, tty=False): out[stream]+=data
    assert out[1].strip()==b'1000000' and out[2]==b'bad\n', out
    assert k.wait()['StatusCode']==0; raw.close(); k.remove()
@check('archive of directories')
def _():
    k=c.containers.create(IMG,'true'); b=io.BytesIO(); t=tarfile.open(fileobj=b,mode='w'); big=os.urandom(3000000)
    for name, data in (('x/a',b'1'),('x/y/b',big)): i=tarfile.TarInfo(name); i.size=len(data); t.addfile(i,io.BytesIO(data))
    t.close(); assert k.put_archive('/tmp',b.getvalue()); g,stat=k.get_archive('/tmp/x'); assert stat['name']=='x', stat
    t=tarfile.open(fileobj=io.BytesIO(b''.join(g))); assert t.extractfile('x/y/b').read()==big and t.extractfile('x/a').read()==b'1'
    try: k.put_archive('/none',b.getvalue()); assert False
    except docker.errors.NotFound: pass
    k.remove()
@check('aliases are found')
def _():
    n=c.networks.create('pyalias',ipam=docker.types.IPAMConfig(pool_configs=[docker.types.IPAMPool(subnet='10.231.78.0/24')])); k=c.containers.run(IMG,'sleep 1000',detach=True); n.connect(k,aliases=['al1','al2'],ipv4_address='10.231.78.9')
    assert b'10.231.78.9' in c.containers.run(IMG,['nslookup','al2'],network='pyalias',remove=True)
    try: n.connect(k); assert False
    except docker.errors.APIError as e: assert e.status_code in (403,409), e
    k.remove(force=True); n.remove()
@check('errors')
def _():
    for f in (lambda: c.containers.get('nonesuch'), lambda: c.images.get('nonesuch'), lambda: c.networks.get('nonesuch'), lambda: c.volumes.get('nonesuch')):
        try: f(); assert False
        except docker.errors.NotFound: pass
    try: c.images.search('x'); assert False
    except docker.errors.APIError as e: print('    ', e)
    try: c.swarm.attrs; c.swarm.reload()
    except docker.errors.APIError as e: print('    ', e)
    assert c.plugins.list()==[]
print('FAILS', fails); sys.exit(fails!=0)
