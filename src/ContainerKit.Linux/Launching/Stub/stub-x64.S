# The launch stub for x86-64: replays the table that LaunchProgram describes, with no stack and no libc.
# Assemble: as --64 -o stub.o stub-x64.S && objcopy -O binary -j .text stub.o stub.bin   (a test compares with LaunchStub.cs)
#
# 0x500000  header: {+0 descriptor for reports, +8 scratch: address of the failed op, +16 scratch: its errno}
# 0x500040  ops of 72 bytes: {+0 number, +8..+55 six arguments, +56 mask of indirect arguments (byte),
#           +57 flags (bit 0: tolerate every error), +58 +60 +62 tolerated errno values (16 bits each), +64 result}
# An indirect argument is the address of the 64-bit value to use: mostly the result field of an earlier op.
# A negative number is a control op: -1 jump if equal, -2 jump if not equal (a0, a1, displacement in bytes),
# -3 store 64 bits (*a0 = a1), -4 store 32 bits, -5 fail with errno a0, -6 result = a0 + a1, -7 result = a0 & a1.
# rbx: current op; it and rbp survive system calls (rcx and r11 do not).
.intel_syntax noprefix
.text
.globl _start
_start:
  mov   ebx, 0x500040
next:
  movzx ebp, byte ptr [rbx+56]
  mov   rdi, [rbx+8]
  test  bpl, 1
  jz    1f
  mov   rdi, [rdi]
1:
  mov   rsi, [rbx+16]
  test  bpl, 2
  jz    2f
  mov   rsi, [rsi]
2:
  mov   rdx, [rbx+24]
  test  bpl, 4
  jz    3f
  mov   rdx, [rdx]
3:
  mov   r10, [rbx+32]
  test  bpl, 8
  jz    4f
  mov   r10, [r10]
4:
  mov   r8, [rbx+40]
  test  bpl, 16
  jz    5f
  mov   r8, [r8]
5:
  mov   r9, [rbx+48]
  test  bpl, 32
  jz    6f
  mov   r9, [r9]
6:
  mov   rax, [rbx]
  test  rax, rax
  js    control
  syscall
result:
  mov   [rbx+64], rax
  cmp   rax, -4095
  jae   failed
step:
  add   rbx, 72
  jmp   next
failed:
  test  byte ptr [rbx+57], 1
  jnz   step
  mov   ecx, eax
  neg   ecx
  cmp   cx, [rbx+58]
  je    step
  cmp   cx, [rbx+60]
  je    step
  cmp   cx, [rbx+62]
  je    step
report:
  mov   r8d, 0x500000
  mov   [r8+8], rbx
  mov   [r8+16], rcx
  mov   edi, [r8]
  lea   rsi, [r8+8]
  mov   edx, 16
  mov   eax, 1              # write
  syscall
  mov   edi, 127
  mov   eax, 231            # exit_group
  syscall
control:
  cmp   rax, -1
  je    jump_equal
  cmp   rax, -2
  je    jump_not_equal
  cmp   rax, -3
  je    store64
  cmp   rax, -4
  je    store32
  cmp   rax, -6
  je    add_values
  cmp   rax, -7
  je    and_values
  mov   ecx, edi            # -5, and whatever is not known
  jmp   report
jump_equal:
  cmp   rdi, rsi
  jne   step
jump:
  add   rbx, rdx
  jmp   next
jump_not_equal:
  cmp   rdi, rsi
  jne   jump
  jmp   step
store64:
  mov   [rdi], rsi
  jmp   step
store32:
  mov   [rdi], esi
  jmp   step
add_values:
  add   rdi, rsi
  mov   [rbx+64], rdi
  jmp   step
and_values:
  and   rdi, rsi
  mov   [rbx+64], rdi
  jmp   step
