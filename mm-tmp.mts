import ort from 'onnxruntime-node'
import { encodeModel } from './src/compile/onnx'
import { createGraphBuilder } from './src/compile/graph'
const M = Number(process.argv[2] ?? 197*4), K = 768, N = 3072
const w = Float32Array.from({length: N*K}, () => Math.random()-0.5)
const q = new Uint8Array(N*K/2), s = new Float32Array(N*K/32)
for (let b=0;b<s.length;b++){ let m=0; for(let i=0;i<32;i++) m=Math.max(m,Math.abs(w[b*32+i])); s[b]=m/7; for(let i=0;i<16;i++){ const f=(j:number)=>Math.max(0,Math.min(15,Math.round(w[b*32+j]/s[b])+8)); q[b*16+i]=f(2*i)|(f(2*i+1)<<4)} }
const x = Float32Array.from({length: M*K}, () => Math.random()-0.5)
async function time(name: string, build: (g: any) => void, inputs: any, feeds: any, extra: any = {}) {
  const nodes = build as any
  const graph = { nodes, inputs, outputs: [{name:'y',type:'float32',shape:[M,N]}], constants: extra.constants ?? [] }
  const t0=performance.now()
  const session = await ort.InferenceSession.create(encodeModel(graph as any), { graphOptimizationLevel: 'all', logSeverityLevel: 3 })
  const t1=performance.now()
  const ts=[]; let y
  for (let i=0;i<6;i++){ const t=performance.now(); y=(await session.run(feeds)).y; ts.push(performance.now()-t) }
  console.log(name, 'create', Math.round(t1-t0), 'run', Math.min(...ts).toFixed(1), [...(y!.data as Float32Array).slice(0,3)].map(v=>v.toFixed(4)).join(' '))
  return y!.data
}
const T=(t:any,d:any,sh:any)=>new ort.Tensor(t,d,sh)
const xi={name:'x',type:'float32',shape:[M,K]}
await time('gemm f32', [{op:'Gemm',domain:'',inputs:['x','w'],outputs:['y'],attributes:{transA:0,transB:1}}] as any, [xi,{name:'w',type:'float32',shape:[N,K]}], {x:T('float32',x,[M,K]),w:T('float32',w,[N,K])})
for (const acc of [0,1,4]) for (const place of ['input','const']) {
  const nodes=[{op:'MatMulNBits',domain:'com.microsoft',inputs:['x','q','s'],outputs:['y'],attributes:{K,N,bits:4,block_size:32,accuracy_level:acc}}] as any
  const qi={name:'q',type:'uint8',shape:[N,K/32,16]}, si={name:'s',type:'float32',shape:[N,K/32]}
  if (place==='input') await time(`nbits acc ${acc} input`, nodes,[xi,qi,si],{x:T('float32',x,[M,K]),q:T('uint8',q,[N,K/32,16]),s:T('float32',s,[N,K/32])})
  else await time(`nbits acc ${acc} const`, nodes,[xi],{x:T('float32',x,[M,K])},{constants:[{...qi,bytes:q},{...si,bytes:new Uint8Array(s.buffer)}]})
}
