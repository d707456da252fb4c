import { readFileSync, readdirSync } from 'node:fs';
import { Agent, request } from 'node:http';
import postgres from 'postgres';
import { throughput } from '/work/main/seed/bench/measure.ts';
const st = JSON.parse(readFileSync('/tmp/me-status.json','utf8'));
const sql = postgres(st.db_url, {max:10});
await sql`update public.settings set value = '1000000' where key = 'license_check_per_minute'`;
const clients = await sql`select private.decrypt_secret(license_key_encrypted, private.secret('license_key_key')) as license_key, private.decrypt_secret(hwid_encrypted, private.secret('hwid_key')) as hwid from private.license_secrets limit 500`;
const agent = new Agent({keepAlive:true});
let n=0;
const url = process.argv[2] ?? st.api_url + '/functions/v1/license-check';
const call = () => new Promise<void>((res, rej) => { const c = clients[n++%clients.length]!; const b = JSON.stringify({...c, client_version:'1',os:'w'}); const r = request(url,{method:'POST',agent,headers:{'content-type':'application/json','content-length':Buffer.byteLength(b)}},(x)=>{x.resume().on('end',()=>x.statusCode===200?res():rej(new Error(String(x.statusCode))))}); r.on('error',rej).end(b);});
const sqlcall = async (loop:number) => { const c = clients[n++%clients.length]!; await sql`select * from private.admit_license_check(${`127.0.0.${loop}`}, ${c.license_key})`; await sql`select * from private.check_license(${c.license_key}, ${c.hwid}, ${'1.4.2'}, ${'Windows 11'})`; };
const cpu = () => { const m = new Map<string, number>(); for (const p of readdirSync('/proc')) if (/^\d+$/.test(p)) try { const s = readFileSync(`/proc/${p}/stat`,'utf8'); const name = s.slice(s.indexOf('(')+1, s.lastIndexOf(')')); const f = s.slice(s.lastIndexOf(')')+2).split(' '); m.set(`${name}:${p}`, Number(f[11])+Number(f[12])); } catch {} return m; };
const show = (a: Map<string,number>, b: Map<string,number>, ops: number) => { const g = new Map<string,number>(); for (const [k,v] of b) { const d = v-(a.get(k)??0); if (d>0) { const key = k.startsWith('postgres')?'postgres':k; g.set(key,(g.get(key)??0)+d);} } console.log([...g].sort((x,y)=>y[1]-x[1]).slice(0,9).map(([k,v])=>`${k} ${v*10}ms (${(v*10/ops).toFixed(3)} ms/op)`).join('\n')); };
console.log('me', process.pid);
await throughput(call,{concurrency:10,seconds:2});
for (const [name,f] of [['http',call],['sql',sqlcall]] as const) { const a = cpu(); const r = await throughput(f as never,{concurrency:10,seconds:4}); const b = cpu(); console.log(name, r.toFixed(0),'/s'); show(a,b,r*4); }
agent.destroy(); await sql.end();
