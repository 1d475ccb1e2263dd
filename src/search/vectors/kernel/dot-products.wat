;; Scores of 8-bit rows with one 16-bit query: the inner loop of the vector index.
;; 16 bytes of four rows at a time, so that each part of the query is loaded once for four rows.
(module
  (import "env" "memory" (memory 1))

  ;; For each row: sum over its bytes of byte · query value, as int32.
  ;; rows: address of [count, width] int8; count is a multiple of 4, width of 16
  ;; query: address of [width] int16; sums: address of [count] int32
  (func (export "dotProducts") (param $rows i32) (param $count i32) (param $width i32) (param $query i32) (param $sums i32)
    (local $end i32) (local $queryEnd i32) (local $part i32)
    (local $row0 i32) (local $row1 i32) (local $row2 i32) (local $row3 i32)
    (local $sum0 v128) (local $sum1 v128) (local $sum2 v128) (local $sum3 v128)
    (local $low v128) (local $high v128)
    (local.set $end (i32.add (local.get $rows) (i32.mul (local.get $count) (local.get $width))))
    (local.set $queryEnd (i32.add (local.get $query) (i32.shl (local.get $width) (i32.const 1))))
    (block $done
      (loop $fourRows
        (br_if $done (i32.ge_u (local.get $rows) (local.get $end)))
        (local.set $row0 (local.get $rows))
        (local.set $row1 (i32.add (local.get $row0) (local.get $width)))
        (local.set $row2 (i32.add (local.get $row1) (local.get $width)))
        (local.set $row3 (i32.add (local.get $row2) (local.get $width)))
        (local.set $rows (i32.add (local.get $row3) (local.get $width)))
        (local.set $sum0 (v128.const i32x4 0 0 0 0))
        (local.set $sum1 (v128.const i32x4 0 0 0 0))
        (local.set $sum2 (v128.const i32x4 0 0 0 0))
        (local.set $sum3 (v128.const i32x4 0 0 0 0))
        (local.set $part (local.get $query))
        (loop $parts
          (local.set $low (v128.load (local.get $part)))
          (local.set $high (v128.load offset=16 (local.get $part)))
          (local.set $sum0 (i32x4.add (local.get $sum0) (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $row0)) (local.get $low))))
          (local.set $sum0 (i32x4.add (local.get $sum0) (i32x4.dot_i16x8_s (v128.load8x8_s offset=8 (local.get $row0)) (local.get $high))))
          (local.set $sum1 (i32x4.add (local.get $sum1) (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $row1)) (local.get $low))))
          (local.set $sum1 (i32x4.add (local.get $sum1) (i32x4.dot_i16x8_s (v128.load8x8_s offset=8 (local.get $row1)) (local.get $high))))
          (local.set $sum2 (i32x4.add (local.get $sum2) (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $row2)) (local.get $low))))
          (local.set $sum2 (i32x4.add (local.get $sum2) (i32x4.dot_i16x8_s (v128.load8x8_s offset=8 (local.get $row2)) (local.get $high))))
          (local.set $sum3 (i32x4.add (local.get $sum3) (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $row3)) (local.get $low))))
          (local.set $sum3 (i32x4.add (local.get $sum3) (i32x4.dot_i16x8_s (v128.load8x8_s offset=8 (local.get $row3)) (local.get $high))))
          (local.set $row0 (i32.add (local.get $row0) (i32.const 16)))
          (local.set $row1 (i32.add (local.get $row1) (i32.const 16)))
          (local.set $row2 (i32.add (local.get $row2) (i32.const 16)))
          (local.set $row3 (i32.add (local.get $row3) (i32.const 16)))
          (local.set $part (i32.add (local.get $part) (i32.const 32)))
          (br_if $parts (i32.lt_u (local.get $part) (local.get $queryEnd))))
        (i32.store (local.get $sums) (call $lanes (local.get $sum0)))
        (i32.store offset=4 (local.get $sums) (call $lanes (local.get $sum1)))
        (i32.store offset=8 (local.get $sums) (call $lanes (local.get $sum2)))
        (i32.store offset=12 (local.get $sums) (call $lanes (local.get $sum3)))
        (local.set $sums (i32.add (local.get $sums) (i32.const 16)))
        (br $fourRows))))

  ;; The sum of four lanes.
  (func $lanes (param $sum v128) (result i32)
    (i32.add
      (i32.add (i32x4.extract_lane 0 (local.get $sum)) (i32x4.extract_lane 1 (local.get $sum)))
      (i32.add (i32x4.extract_lane 2 (local.get $sum)) (i32x4.extract_lane 3 (local.get $sum))))))
