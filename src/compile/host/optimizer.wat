;; The optimizer's loops, four floats at a time, over arrays in this module's memory. Assemble with `node scripts/assemble.mjs`.
(module
  (memory (export "memory") 8)

  ;; first  = first · keepFirst + gradient · takeFirst
  ;; second = second · keepSecond + gradient² · takeSecond
  ;; value  = value · decay - first / (√second + epsilon) · stepSize
  (func (export "adamW")
    (param $value i32) (param $first i32) (param $second i32) (param $gradient i32) (param $bytes i32)
    (param $keepFirst f32) (param $takeFirst f32) (param $keepSecond f32) (param $takeSecond f32)
    (param $decay f32) (param $stepSize f32) (param $epsilon f32)
    (local $at i32) (local $g v128) (local $m v128) (local $v v128)
    (local $keepFirsts v128) (local $takeFirsts v128) (local $keepSeconds v128) (local $takeSeconds v128)
    (local $decays v128) (local $stepSizes v128) (local $epsilons v128)
    (local.set $keepFirsts (f32x4.splat (local.get $keepFirst)))
    (local.set $takeFirsts (f32x4.splat (local.get $takeFirst)))
    (local.set $keepSeconds (f32x4.splat (local.get $keepSecond)))
    (local.set $takeSeconds (f32x4.splat (local.get $takeSecond)))
    (local.set $decays (f32x4.splat (local.get $decay)))
    (local.set $stepSizes (f32x4.splat (local.get $stepSize)))
    (local.set $epsilons (f32x4.splat (local.get $epsilon)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $bytes)))
        (local.set $g (v128.load (i32.add (local.get $gradient) (local.get $at))))
        (local.set $m
          (f32x4.add
            (f32x4.mul (v128.load (i32.add (local.get $first) (local.get $at))) (local.get $keepFirsts))
            (f32x4.mul (local.get $g) (local.get $takeFirsts))))
        (local.set $v
          (f32x4.add
            (f32x4.mul (v128.load (i32.add (local.get $second) (local.get $at))) (local.get $keepSeconds))
            (f32x4.mul (f32x4.mul (local.get $g) (local.get $g)) (local.get $takeSeconds))))
        (v128.store (i32.add (local.get $first) (local.get $at)) (local.get $m))
        (v128.store (i32.add (local.get $second) (local.get $at)) (local.get $v))
        (v128.store
          (i32.add (local.get $value) (local.get $at))
          (f32x4.sub
            (f32x4.mul (v128.load (i32.add (local.get $value) (local.get $at))) (local.get $decays))
            (f32x4.mul
              (f32x4.div (local.get $m) (f32x4.add (f32x4.sqrt (local.get $v)) (local.get $epsilons)))
              (local.get $stepSizes))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next))))

  ;; average = average · keep + value · take
  (func (export "movingAverage")
    (param $average i32) (param $value i32) (param $bytes i32) (param $keep f32) (param $take f32)
    (local $at i32) (local $keeps v128) (local $takes v128)
    (local.set $keeps (f32x4.splat (local.get $keep)))
    (local.set $takes (f32x4.splat (local.get $take)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $bytes)))
        (v128.store
          (i32.add (local.get $average) (local.get $at))
          (f32x4.add
            (f32x4.mul (v128.load (i32.add (local.get $average) (local.get $at))) (local.get $keeps))
            (f32x4.mul (v128.load (i32.add (local.get $value) (local.get $at))) (local.get $takes))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))))
