// The launch stub for arm64; the table's layout and the control ops are described in stub-x64.S.
// Assemble: aarch64-linux-gnu-as -o stub.o stub-arm64.S && aarch64-linux-gnu-objcopy -O binary -j .text stub.o stub.bin
// x19: current op. System calls keep every register but x0.
.text
.globl _start
_start:
  movz  x19, #0x50, lsl #16
  add   x19, x19, #0x40
next:
  ldrb  w20, [x19, #56]
  ldp   x0, x1, [x19, #8]
  ldp   x2, x3, [x19, #24]
  ldp   x4, x5, [x19, #40]
  tbz   w20, #0, 1f
  ldr   x0, [x0]
1:
  tbz   w20, #1, 2f
  ldr   x1, [x1]
2:
  tbz   w20, #2, 3f
  ldr   x2, [x2]
3:
  tbz   w20, #3, 4f
  ldr   x3, [x3]
4:
  tbz   w20, #4, 5f
  ldr   x4, [x4]
5:
  tbz   w20, #5, 6f
  ldr   x5, [x5]
6:
  ldr   x8, [x19]
  tbnz  x8, #63, control
  svc   #0
  str   x0, [x19, #64]
  cmn   x0, #4095
  b.cs  failed
step:
  add   x19, x19, #72
  b     next
failed:
  ldrb  w9, [x19, #57]
  tbnz  w9, #0, step
  neg   w10, w0
  ldrh  w9, [x19, #58]
  cmp   w9, w10
  b.eq  step
  ldrh  w9, [x19, #60]
  cmp   w9, w10
  b.eq  step
  ldrh  w9, [x19, #62]
  cmp   w9, w10
  b.eq  step
report:
  movz  x11, #0x50, lsl #16
  str   x19, [x11, #8]
  str   x10, [x11, #16]
  ldr   w0, [x11]
  add   x1, x11, #8
  mov   x2, #16
  mov   x8, #64             // write
  svc   #0
  mov   x0, #127
  mov   x8, #94             // exit_group
  svc   #0
control:
  cmn   x8, #1
  b.eq  jump_equal
  cmn   x8, #2
  b.eq  jump_not_equal
  cmn   x8, #3
  b.eq  store64
  cmn   x8, #4
  b.eq  store32
  cmn   x8, #6
  b.eq  add_values
  cmn   x8, #7
  b.eq  and_values
  mov   w10, w0             // -5, and whatever is not known
  b     report
jump_equal:
  cmp   x0, x1
  b.ne  step
jump:
  add   x19, x19, x2
  b     next
jump_not_equal:
  cmp   x0, x1
  b.ne  jump
  b     step
store64:
  str   x1, [x0]
  b     step
store32:
  str   w1, [x0]
  b     step
add_values:
  add   x0, x0, x1
  str   x0, [x19, #64]
  b     step
and_values:
  and   x0, x0, x1
  str   x0, [x19, #64]
  b     step
