#!/usr/bin/env bash
# Trains with open_clip in two processes, goes on here, and goes back there. README.md explains each step.
set -euo pipefail
cd "$(dirname "$0")"
python=${PYTHON:-python3}
dreamlip=${DREAMLIP:-npx dreamlip}
say() { printf '\n== %s\n' "$*"; }

# Two processes on this machine. On several: --nnodes, --rdzv-backend c10d and --rdzv-endpoint of torchrun.
train() {
  "$python" -m torch.distributed.run --nproc_per_node 2 train.py -- \
    --model tiny-clip --dataset-type webdataset --train-data 'work/shards/{000000..000007}.tar' \
    --device cpu --dist-backend gloo --precision fp32 --workers 1 --batch-size 16 --lr 1e-3 --lr-scheduler const --warmup 5 \
    --beta1 0.9 --beta2 0.98 --eps 1e-6 --wd 0.2 \
    --logs work/logs --save-frequency 1 --log-every-n-steps 4 "$@" >work/train.log 2>&1 || { cat work/train.log; exit 1; }
  grep -oE '(Running in|=> resuming|Train Epoch).*' work/train.log | sed 's/ Data (t).*LR/ LR/'
}

say "$("$python" -c 'import open_clip, torch; print("open_clip", open_clip.__version__, "torch", torch.__version__)'), dreamlip $($dreamlip --version), node $(node --version)"

say '1. Data: shards with a caption of each sample in a .txt'
rm -rf work
if [ $# = 0 ]; then
  mkdir work
  (cd ../.. && npm run build -w emoji-scenes -- --train 400 --test 8 --size 32 --out examples/distributed/work/scenes >/dev/null)
  set -- 'work/scenes/train/shard-*.tar'
fi
$dreamlip data convert "$1" work/shards --samples-per-shard 50 --text-files drawn

say '2. open_clip trains two epochs in two processes'
train --name there --epochs 2
there=work/logs/there/checkpoints/epoch_2.pt
"$python" compare.py state $there

say '3. The same features here and there'
mkdir work/sample
tar xf work/shards/000000.tar -C work/sample
texts=(work/sample/*.txt)
images=(work/sample/*.png)
for text in "${texts[@]:0:20}"; do cat "$text"; echo; done >work/texts.txt
$dreamlip embed -m $there --config tiny-clip.json --images "${images[@]:0:20}" --text-file work/texts.txt --out work/ours.npy
"$python" compare.py features $there work/texts.txt work/ours "${images[@]:0:20}"

say '4. One more epoch here, from its weights and optimizer state'
$dreamlip train --config run.json --continue-from $there
ours=$(ls work/run/step-*.pt | tail -1)
head -3 work/run/metrics.jsonl | sed 's/,"imagesPerSecond.*/ …}/'

say '5. Back there'
$dreamlip convert "$ours" work/epoch_3.pt --with-optimizer
"$python" compare.py state work/epoch_3.pt
train --name back --epochs 4 --resume work/epoch_3.pt
"$python" compare.py state work/logs/back/checkpoints/epoch_4.pt
