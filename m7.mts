import { prepareSample } from './src/data/prepare-sample.ts'
import { prepareInPool } from './src/data/prepare-pool.node.ts'
import { augmentations } from './src/images/augment.ts'
import { decodeRegion, encodedBytes } from './src/images/decode.node.ts'
import { limit } from './src/images/limit.ts'
const texts=[1,2,3,4,5,6,7].map(n=>`The picture numbered ${n} shows a scene with ${n} people near a red bus and a tall building`)
const task=(i,r='crop')=>({image:`/tmp/data/set/photos/${i%96}.jpg`,texts,size:224,mean:undefined,std:undefined,exifOrientation:true,augmentation:augmentations[r],seed:i,contextLength:77})
async function time(name, fn, n=480, at=1){ const run=limit(at,fn); await Promise.all(Array.from({length:96},(_,i)=>run(i))); const b=process.cpuUsage(), t=performance.now(); await Promise.all(Array.from({length:n},(_,i)=>run(i))); const c=process.cpuUsage(b); console.log(name.padEnd(34), ((performance.now()-t)/n).toFixed(2),'ms wall', (c.user/1000/n).toFixed(2),'user', (c.system/1000/n).toFixed(2),'sys') }
await time('encodedBytes', i=>encodedBytes(task(i).image))
await time('decodeRegion', i=>decodeRegion(task(i).image,224,true,({width,height})=>[5,5,width-30,height-30]))
await time('prepareSample 1', i=>prepareSample(task(i)))
await time('prepareSample 4', i=>prepareSample(task(i)),480,4)
await time('pool 8', i=>prepareInPool(task(i)),480,8)
await time('pool 48', i=>prepareInPool(task(i)),480,48)
await time('strong 1', i=>prepareSample(task(i,'strong')))
await time('strong pool 48', i=>prepareInPool(task(i,'strong')),480,48)
import { normalizePixels } from './src/images/normalize.ts'
import { Tokenizer } from './src/tokenizer/tokenizer.ts'
const tk=await Tokenizer.load(); const px=Array.from({length:48},()=>Uint8Array.from({length:150528},()=>Math.random()*256))
await time('norm', async i=>normalizePixels(px[i%48]))
await time('tok', async i=>texts.map(t=>tk.encode(t)))
