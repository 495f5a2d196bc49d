package org.jvmm.testkit.asm;

import static org.jvmm.testkit.asm.Reg.AH;
import static org.jvmm.testkit.asm.Reg.AL;
import static org.jvmm.testkit.asm.Reg.AX;
import static org.jvmm.testkit.asm.Reg.BL;
import static org.jvmm.testkit.asm.Reg.BP;
import static org.jvmm.testkit.asm.Reg.BX;
import static org.jvmm.testkit.asm.Reg.CL;
import static org.jvmm.testkit.asm.Reg.CX;
import static org.jvmm.testkit.asm.Reg.DI;
import static org.jvmm.testkit.asm.Reg.DIL;
import static org.jvmm.testkit.asm.Reg.DL;
import static org.jvmm.testkit.asm.Reg.DX;
import static org.jvmm.testkit.asm.Reg.EAX;
import static org.jvmm.testkit.asm.Reg.EBP;
import static org.jvmm.testkit.asm.Reg.EBX;
import static org.jvmm.testkit.asm.Reg.ECX;
import static org.jvmm.testkit.asm.Reg.EDI;
import static org.jvmm.testkit.asm.Reg.EDX;
import static org.jvmm.testkit.asm.Reg.ESI;
import static org.jvmm.testkit.asm.Reg.ESP;
import static org.jvmm.testkit.asm.Reg.R10;
import static org.jvmm.testkit.asm.Reg.R10D;
import static org.jvmm.testkit.asm.Reg.R10W;
import static org.jvmm.testkit.asm.Reg.R11;
import static org.jvmm.testkit.asm.Reg.R11D;
import static org.jvmm.testkit.asm.Reg.R11W;
import static org.jvmm.testkit.asm.Reg.R12;
import static org.jvmm.testkit.asm.Reg.R13;
import static org.jvmm.testkit.asm.Reg.R13D;
import static org.jvmm.testkit.asm.Reg.R15;
import static org.jvmm.testkit.asm.Reg.R15B;
import static org.jvmm.testkit.asm.Reg.R8;
import static org.jvmm.testkit.asm.Reg.R8B;
import static org.jvmm.testkit.asm.Reg.R8D;
import static org.jvmm.testkit.asm.Reg.R9;
import static org.jvmm.testkit.asm.Reg.R9B;
import static org.jvmm.testkit.asm.Reg.R9D;
import static org.jvmm.testkit.asm.Reg.RAX;
import static org.jvmm.testkit.asm.Reg.RBX;
import static org.jvmm.testkit.asm.Reg.RCX;
import static org.jvmm.testkit.asm.Reg.RDI;
import static org.jvmm.testkit.asm.Reg.RDX;
import static org.jvmm.testkit.asm.Reg.RSI;
import static org.jvmm.testkit.asm.Reg.SI;
import static org.jvmm.testkit.asm.Reg.SIL;

import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * One form of an instruction: the mode, nasm's text, the expected bytes at origin 0x7C00 and the
 * DSL's call. The bytes were written by nasm 2.16 and are the golden ones where nasm is missing.
 */
record Form(int mode, String nasm, String golden, Consumer<Asm> dsl) {
  static final long ORIGIN = 0x7C00;

  byte[] assemble() {
    Asm a = Asm.bits(mode).org(ORIGIN);
    dsl.accept(a);
    return a.assemble();
  }

  @Override
  public String toString() {
    return mode + ": " + nasm.replace('\n', ';');
  }

  static Stream<Form> all() {
    return Stream.of(
            bits16a(),
            bits16aMore(),
            bits16b(),
            bits32a(),
            bits32aMore(),
            bits64a(),
            bits64aMore(),
            bits64b(),
            bits64bMore(),
            bits64c(),
            bits64cMore(),
            bits64d())
        .flatMap(s -> s);
  }

  private static Label nopHere(Asm a) {
    Label label = a.here();
    a.nop();
    return label;
  }

  private static void label(Asm a, Label label) {
    a.dw(label).dd(label).dq(label);
  }

  private static Stream<Form> bits16a() {
    return Stream.of(
        new Form(16, "mov al, 0x12", "b012", a -> a.mov(AL, 0x12)),
        new Form(16, "mov bx, 0x1234", "bb3412", a -> a.mov(BX, 0x1234)),
        new Form(16, "mov ecx, 0x12345678", "66b978563412", a -> a.mov(ECX, 0x12345678)),
        new Form(16, "mov ax, bx", "89d8", a -> a.mov(AX, BX)),
        new Form(16, "mov edx, esi", "6689f2", a -> a.mov(EDX, ESI)),
        new Form(16, "mov ah, dl", "88d4", a -> a.mov(AH, DL)),
        new Form(16, "mov eax, [ebx+4]", "66678b4304", a -> a.mov(EAX, Mem.at(EBX).disp(4))),
        new Form(16, "mov [esp+8], ecx", "6667894c2408", a -> a.mov(Mem.at(ESP).disp(8), ECX)),
        new Form(16, "mov [ebp], al", "67884500", a -> a.mov(Mem.at(EBP), AL)),
        new Form(
            16,
            "mov dx, [esi+edi*4+0x1000]",
            "678b94be00100000",
            a -> a.mov(DX, Mem.at(ESI).plus(EDI, 4).disp(0x1000))),
        new Form(
            16,
            "mov word [0x1234], 0x5678",
            "c70634127856",
            a -> a.mov(Mem.at(0x1234).word(), 0x5678)),
        new Form(
            16,
            "mov dword [ebx], 0x12345678",
            "6667c70378563412",
            a -> a.mov(Mem.at(EBX).dword(), 0x12345678)),
        new Form(
            16,
            "mov byte [es:ebx], 7",
            "2667c60307",
            a -> a.mov(Mem.at(EBX).in(Seg.ES).byte_(), 7)),
        new Form(16, "mov ds, ax", "8ed8", a -> a.mov(Seg.DS, AX)),
        new Form(16, "mov bx, es", "8cc3", a -> a.mov(BX, Seg.ES)),
        new Form(16, "mov [ebx], ss", "678c13", a -> a.mov(Mem.at(EBX), Seg.SS)),
        new Form(16, "mov cr0, eax", "0f22c0", a -> a.mov(Cr.CR0, EAX)),
        new Form(16, "mov ebx, cr3", "0f20db", a -> a.mov(EBX, Cr.CR3)),
        new Form(16, "push ax", "50", a -> a.push(AX)));
  }

  private static Stream<Form> bits16aMore() {
    return Stream.of(
        new Form(16, "push eax", "6650", a -> a.push(EAX)),
        new Form(16, "pop dword [ebx]", "66678f03", a -> a.pop(Mem.at(EBX).dword())),
        new Form(16, "push 5", "6a05", a -> a.push(5)),
        new Form(16, "push 0x1234", "683412", a -> a.push(0x1234)),
        new Form(
            16, "jmp 8:dword 0x12345678", "66ea785634120800", a -> a.jmpFar(8, 0x12345678, 32)),
        new Form(16, "jmp 8:word 0x1234", "ea34120800", a -> a.jmpFar(8, 0x1234, 16)),
        new Form(16, "inc eax", "6640", a -> a.inc(EAX)),
        new Form(16, "dec bx", "4b", a -> a.dec(BX)),
        new Form(16, "lidt [0x500]", "0f011e0005", a -> a.lidt(Mem.at(0x500))),
        new Form(16, "ltr ax", "0f00d8", a -> a.ltr(AX)),
        new Form(16, "sidt [ebx]", "670f010b", a -> a.sidt(Mem.at(EBX))),
        new Form(16, "sgdt [0x500]", "0f01060005", a -> a.sgdt(Mem.at(0x500))),
        new Form(16, "lldt cx", "0f00d1", a -> a.lldt(CX)),
        new Form(16, "invlpg [ebx]", "670f013b", a -> a.invlpg(Mem.at(EBX))),
        new Form(16, "jmp ax", "ffe0", a -> a.jmp(AX)),
        new Form(16, "mov al, [bx+si]", "8a00", a -> a.mov(AL, Mem.at(BX).plus(SI, 1))),
        new Form(16, "mov [bp], cx", "894e00", a -> a.mov(Mem.at(BP), CX)),
        new Form(
            16,
            "mov [bx+di+0x80], cx",
            "89898000",
            a -> a.mov(Mem.at(BX).plus(DI, 1).disp(0x80), CX)),
        new Form(
            16, "mov [bp+si-2], cx", "894afe", a -> a.mov(Mem.at(BP).plus(SI, 1).disp(-2), CX)),
        new Form(16, "mov eax, [di]", "668b05", a -> a.mov(EAX, Mem.at(DI))),
        new Form(16, "mov [fs:si], al", "648804", a -> a.mov(Mem.at(SI).in(Seg.FS), AL)),
        new Form(16, "lgdt [0x600]", "0f01160006", a -> a.lgdt(Mem.at(0x600))),
        new Form(16, "o32 lgdt [0x600]", "660f01160006", a -> a.lgdt32(Mem.at(0x600))),
        new Form(16, "iret", "cf", a -> a.iret()),
        new Form(16, "retf", "cb", a -> a.retf()),
        new Form(16, "add cx, 0x1234", "81c13412", a -> a.add(CX, 0x1234)),
        new Form(16, "or cx, 0x1234", "81c93412", a -> a.or(CX, 0x1234)),
        new Form(16, "adc cx, 0x1234", "81d13412", a -> a.adc(CX, 0x1234)),
        new Form(16, "sbb cx, 0x1234", "81d93412", a -> a.sbb(CX, 0x1234)),
        new Form(16, "and cx, 0x1234", "81e13412", a -> a.and(CX, 0x1234)),
        new Form(16, "sub cx, 0x1234", "81e93412", a -> a.sub(CX, 0x1234)));
  }

  private static Stream<Form> bits16b() {
    return Stream.of(
        new Form(16, "xor cx, 0x1234", "81f13412", a -> a.xor(CX, 0x1234)),
        new Form(16, "cmp cx, 0x1234", "81f93412", a -> a.cmp(CX, 0x1234)),
        new Form(16, "x: jmp near x", "e9fdff", a -> a.jmp(a.here())),
        new Form(16, "x: nop\njg near x", "900f8ffbff", a -> a.jcc(Cond.G, nopHere(a))),
        new Form(16, "x: nop\nmov si, x", "90be007c", a -> a.mov(SI, nopHere(a))),
        new Form(
            16, "x: nop\njmp 8:dword x", "9066ea007c00000800", a -> a.jmpFar(8, nopHere(a), 32)));
  }

  private static Stream<Form> bits32a() {
    return Stream.of(
        new Form(32, "mov al, 0x12", "b012", a -> a.mov(AL, 0x12)),
        new Form(32, "mov bx, 0x1234", "66bb3412", a -> a.mov(BX, 0x1234)),
        new Form(32, "mov ecx, 0x12345678", "b978563412", a -> a.mov(ECX, 0x12345678)),
        new Form(32, "mov ax, bx", "6689d8", a -> a.mov(AX, BX)),
        new Form(32, "mov edx, esi", "89f2", a -> a.mov(EDX, ESI)),
        new Form(32, "mov ah, dl", "88d4", a -> a.mov(AH, DL)),
        new Form(32, "mov eax, [ebx+4]", "8b4304", a -> a.mov(EAX, Mem.at(EBX).disp(4))),
        new Form(32, "mov [esp+8], ecx", "894c2408", a -> a.mov(Mem.at(ESP).disp(8), ECX)),
        new Form(32, "mov [ebp], al", "884500", a -> a.mov(Mem.at(EBP), AL)),
        new Form(
            32,
            "mov dx, [esi+edi*4+0x1000]",
            "668b94be00100000",
            a -> a.mov(DX, Mem.at(ESI).plus(EDI, 4).disp(0x1000))),
        new Form(
            32,
            "mov word [0x1234], 0x5678",
            "66c705341200007856",
            a -> a.mov(Mem.at(0x1234).word(), 0x5678)),
        new Form(
            32,
            "mov dword [ebx], 0x12345678",
            "c70378563412",
            a -> a.mov(Mem.at(EBX).dword(), 0x12345678)),
        new Form(
            32, "mov byte [es:ebx], 7", "26c60307", a -> a.mov(Mem.at(EBX).in(Seg.ES).byte_(), 7)),
        new Form(32, "mov ds, ax", "8ed8", a -> a.mov(Seg.DS, AX)),
        new Form(32, "mov bx, es", "668cc3", a -> a.mov(BX, Seg.ES)),
        new Form(32, "mov [ebx], ss", "8c13", a -> a.mov(Mem.at(EBX), Seg.SS)));
  }

  private static Stream<Form> bits32aMore() {
    return Stream.of(
        new Form(32, "mov cr0, eax", "0f22c0", a -> a.mov(Cr.CR0, EAX)),
        new Form(32, "mov ebx, cr3", "0f20db", a -> a.mov(EBX, Cr.CR3)),
        new Form(32, "push ax", "6650", a -> a.push(AX)),
        new Form(32, "push eax", "50", a -> a.push(EAX)),
        new Form(32, "pop dword [ebx]", "8f03", a -> a.pop(Mem.at(EBX).dword())),
        new Form(32, "push 5", "6a05", a -> a.push(5)),
        new Form(32, "push 0x1234", "6834120000", a -> a.push(0x1234)),
        new Form(32, "jmp 8:dword 0x12345678", "ea785634120800", a -> a.jmpFar(8, 0x12345678, 32)),
        new Form(32, "jmp 8:word 0x1234", "66ea34120800", a -> a.jmpFar(8, 0x1234, 16)),
        new Form(32, "inc eax", "40", a -> a.inc(EAX)),
        new Form(32, "dec bx", "664b", a -> a.dec(BX)),
        new Form(32, "lidt [0x500]", "0f011d00050000", a -> a.lidt(Mem.at(0x500))),
        new Form(32, "ltr ax", "0f00d8", a -> a.ltr(AX)),
        new Form(32, "sidt [ebx]", "0f010b", a -> a.sidt(Mem.at(EBX))),
        new Form(32, "sgdt [0x500]", "0f010500050000", a -> a.sgdt(Mem.at(0x500))),
        new Form(32, "lldt cx", "0f00d1", a -> a.lldt(CX)),
        new Form(32, "invlpg [ebx]", "0f013b", a -> a.invlpg(Mem.at(EBX))),
        new Form(32, "jmp eax", "ffe0", a -> a.jmp(EAX)),
        new Form(32, "add byte [eax], 3", "800003", a -> a.add(Mem.at(EAX).byte_(), 3)),
        new Form(32, "or byte [eax], 3", "800803", a -> a.or(Mem.at(EAX).byte_(), 3)),
        new Form(32, "adc byte [eax], 3", "801003", a -> a.adc(Mem.at(EAX).byte_(), 3)),
        new Form(32, "sbb byte [eax], 3", "801803", a -> a.sbb(Mem.at(EAX).byte_(), 3)),
        new Form(32, "and byte [eax], 3", "802003", a -> a.and(Mem.at(EAX).byte_(), 3)),
        new Form(32, "sub byte [eax], 3", "802803", a -> a.sub(Mem.at(EAX).byte_(), 3)),
        new Form(32, "xor byte [eax], 3", "803003", a -> a.xor(Mem.at(EAX).byte_(), 3)),
        new Form(32, "cmp byte [eax], 3", "803803", a -> a.cmp(Mem.at(EAX).byte_(), 3)),
        new Form(32, "x: jmp near x", "e9fbffffff", a -> a.jmp(a.here())),
        new Form(32, "x: nop\njb short x", "9072fd", a -> a.jccShort(Cond.B, nopHere(a))),
        new Form(32, "x: nop\ncall x", "90e8faffffff", a -> a.call(nopHere(a))),
        new Form(32, "x: nop\nmov ebx, [x]", "908b1d007c0000", a -> a.mov(EBX, Mem.at(nopHere(a)))),
        new Form(32, "x: nop\nlgdt [x]", "900f0115007c0000", a -> a.lgdt(Mem.at(nopHere(a)))));
  }

  private static Stream<Form> bits64a() {
    return Stream.of(
        new Form(64, "add al, r9b", "4400c8", a -> a.add(AL, R9B)),
        new Form(64, "add r9b, [rsi+rax*2]", "44020c46", a -> a.add(R9B, Mem.at(RSI).plus(RAX, 2))),
        new Form(64, "add rcx, 0x12345", "4881c145230100", a -> a.add(RCX, 0x12345)),
        new Form(64, "add r13d, -1", "4183c5ff", a -> a.add(R13D, -1)),
        new Form(64, "or cx, r10w", "664409d1", a -> a.or(CX, R10W)),
        new Form(
            64, "or r10w, [rsi+rax*2]", "66440b1446", a -> a.or(R10W, Mem.at(RSI).plus(RAX, 2))),
        new Form(64, "or rcx, 0x12345", "4881c945230100", a -> a.or(RCX, 0x12345)),
        new Form(64, "or r13d, -1", "4183cdff", a -> a.or(R13D, -1)),
        new Form(64, "adc edx, r11d", "4411da", a -> a.adc(EDX, R11D)),
        new Form(
            64, "adc r11d, [rsi+rax*2]", "44131c46", a -> a.adc(R11D, Mem.at(RSI).plus(RAX, 2))),
        new Form(64, "adc rcx, 0x12345", "4881d145230100", a -> a.adc(RCX, 0x12345)),
        new Form(64, "adc r13d, -1", "4183d5ff", a -> a.adc(R13D, -1)),
        new Form(64, "sbb rbx, r12", "4c19e3", a -> a.sbb(RBX, R12)),
        new Form(64, "sbb r12, [rsi+rax*2]", "4c1b2446", a -> a.sbb(R12, Mem.at(RSI).plus(RAX, 2))),
        new Form(64, "sbb rcx, 0x12345", "4881d945230100", a -> a.sbb(RCX, 0x12345)),
        new Form(64, "sbb r13d, -1", "4183ddff", a -> a.sbb(R13D, -1)),
        new Form(64, "and al, r9b", "4420c8", a -> a.and(AL, R9B)),
        new Form(64, "and r9b, [rsi+rax*2]", "44220c46", a -> a.and(R9B, Mem.at(RSI).plus(RAX, 2))),
        new Form(64, "and rcx, 0x12345", "4881e145230100", a -> a.and(RCX, 0x12345)),
        new Form(64, "and r13d, -1", "4183e5ff", a -> a.and(R13D, -1)),
        new Form(64, "sub cx, r10w", "664429d1", a -> a.sub(CX, R10W)),
        new Form(
            64, "sub r10w, [rsi+rax*2]", "66442b1446", a -> a.sub(R10W, Mem.at(RSI).plus(RAX, 2))),
        new Form(64, "sub rcx, 0x12345", "4881e945230100", a -> a.sub(RCX, 0x12345)),
        new Form(64, "sub r13d, -1", "4183edff", a -> a.sub(R13D, -1)),
        new Form(64, "xor edx, r11d", "4431da", a -> a.xor(EDX, R11D)),
        new Form(
            64, "xor r11d, [rsi+rax*2]", "44331c46", a -> a.xor(R11D, Mem.at(RSI).plus(RAX, 2))));
  }

  private static Stream<Form> bits64aMore() {
    return Stream.of(
        new Form(64, "xor rcx, 0x12345", "4881f145230100", a -> a.xor(RCX, 0x12345)),
        new Form(64, "xor r13d, -1", "4183f5ff", a -> a.xor(R13D, -1)),
        new Form(64, "cmp rbx, r12", "4c39e3", a -> a.cmp(RBX, R12)),
        new Form(64, "cmp r12, [rsi+rax*2]", "4c3b2446", a -> a.cmp(R12, Mem.at(RSI).plus(RAX, 2))),
        new Form(64, "cmp rcx, 0x12345", "4881f945230100", a -> a.cmp(RCX, 0x12345)),
        new Form(64, "cmp r13d, -1", "4183fdff", a -> a.cmp(R13D, -1)),
        new Form(64, "mov rax, strict dword 5", "48c7c005000000", a -> a.mov(RAX, 5)),
        new Form(
            64,
            "mov rdx, 0x123456789abcdef0",
            "48baf0debc9a78563412",
            a -> a.mov(RDX, 0x123456789ABCDEF0L)),
        new Form(64, "mov r8d, 1", "41b801000000", a -> a.mov(R8D, 1)),
        new Form(64, "mov sil, 2", "40b602", a -> a.mov(SIL, 2)),
        new Form(64, "mov r15b, cl", "4188cf", a -> a.mov(R15B, CL)),
        new Form(64, "mov dil, al", "4088c7", a -> a.mov(DIL, AL)),
        new Form(64, "mov qword [rbx], -2", "48c703feffffff", a -> a.mov(Mem.at(RBX).qword(), -2)),
        new Form(64, "mov [r13], rax", "49894500", a -> a.mov(Mem.at(R13), RAX)),
        new Form(64, "mov [r12], r9", "4d890c24", a -> a.mov(Mem.at(R12), R9)),
        new Form(
            64,
            "mov eax, [r8+r9*8-0x80]",
            "438b44c880",
            a -> a.mov(EAX, Mem.at(R8).plus(R9, 8).disp(-0x80))),
        new Form(64, "mov ebx, [abs 0x1000]", "8b1c2500100000", a -> a.mov(EBX, Mem.at(0x1000))),
        new Form(64, "mov rbx, [ebx+4]", "67488b5b04", a -> a.mov(RBX, Mem.at(EBX).disp(4))),
        new Form(64, "mov rcx, [gs:rbx]", "65488b0b", a -> a.mov(RCX, Mem.at(RBX).in(Seg.GS))),
        new Form(64, "mov ss, eax", "8ed0", a -> a.mov(Seg.SS, EAX)),
        new Form(64, "mov cr8, r9", "450f22c1", a -> a.mov(Cr.CR8, R9)),
        new Form(64, "mov rax, cr4", "0f20e0", a -> a.mov(RAX, Cr.CR4)),
        new Form(64, "mov cr3, rdi", "0f22df", a -> a.mov(Cr.CR3, RDI)),
        new Form(64, "movzx eax, bl", "0fb6c3", a -> a.movzx(EAX, BL)));
  }

  private static Stream<Form> bits64b() {
    return Stream.of(
        new Form(64, "movzx rax, word [rsi]", "480fb706", a -> a.movzx(RAX, Mem.at(RSI).word())),
        new Form(64, "movzx ecx, sil", "400fb6ce", a -> a.movzx(ECX, SIL)),
        new Form(
            64,
            "movsx r9, byte [rdi+1]",
            "4c0fbe4f01",
            a -> a.movsx(R9, Mem.at(RDI).disp(1).byte_())),
        new Form(64, "movsx edx, cx", "0fbfd1", a -> a.movsx(EDX, CX)),
        new Form(
            64,
            "lea rax, [rbx+rcx*4+0x10]",
            "488d448b10",
            a -> a.lea(RAX, Mem.at(RBX).plus(RCX, 4).disp(0x10))),
        new Form(64, "xchg [rdi], eax", "8707", a -> a.xchg(Mem.at(RDI), EAX)),
        new Form(64, "xchg [rdi], r8b", "448607", a -> a.xchg(Mem.at(RDI), R8B)),
        new Form(64, "push rax", "50", a -> a.push(RAX)),
        new Form(64, "push r15", "4157", a -> a.push(R15)),
        new Form(64, "pop r8", "4158", a -> a.pop(R8)),
        new Form(64, "push qword [rax]", "ff30", a -> a.push(Mem.at(RAX).qword())),
        new Form(64, "push -5", "6afb", a -> a.push(-5)),
        new Form(64, "push 0x12345678", "6878563412", a -> a.push(0x12345678)),
        new Form(64, "push cx", "6651", a -> a.push(CX)),
        new Form(64, "pushfq", "9c", a -> a.pushf()),
        new Form(64, "popfq", "9d", a -> a.popf()),
        new Form(64, "test al, bl", "84d8", a -> a.test(AL, BL)),
        new Form(
            64,
            "test qword [rbx], 0x100",
            "48f70300010000",
            a -> a.test(Mem.at(RBX).qword(), 0x100)),
        new Form(64, "test byte [rbx], 0x80", "f60380", a -> a.test(Mem.at(RBX).byte_(), 0x80)));
  }

  private static Stream<Form> bits64bMore() {
    return Stream.of(
        new Form(64, "test r9d, r10d", "4585d1", a -> a.test(R9D, R10D)),
        new Form(64, "inc rax", "48ffc0", a -> a.inc(RAX)),
        new Form(64, "inc byte [rsi]", "fe06", a -> a.inc(Mem.at(RSI).byte_())),
        new Form(64, "dec r11w", "6641ffcb", a -> a.dec(R11W)),
        new Form(64, "not eax", "f7d0", a -> a.not(EAX)),
        new Form(64, "neg qword [rax]", "48f718", a -> a.neg(Mem.at(RAX).qword())),
        new Form(64, "mul rbx", "48f7e3", a -> a.mul(RBX)),
        new Form(64, "imul ecx", "f7e9", a -> a.imul(ECX)),
        new Form(64, "div dword [rbx]", "f733", a -> a.div(Mem.at(RBX).dword())),
        new Form(64, "idiv r8", "49f7f8", a -> a.idiv(R8)),
        new Form(64, "shl rax, 32", "48c1e020", a -> a.shl(RAX, 32)),
        new Form(64, "shr r9d, 3", "41c1e903", a -> a.shr(R9D, 3)),
        new Form(64, "sar byte [rbx], 7", "c03b07", a -> a.sar(Mem.at(RBX).byte_(), 7)),
        new Form(64, "lock xadd [rbx], eax", "f00fc103", a -> a.lock().xadd(Mem.at(RBX), EAX)),
        new Form(
            64, "lock cmpxchg [rbx], r10", "f04c0fb113", a -> a.lock().cmpxchg(Mem.at(RBX), R10)),
        new Form(64, "xadd cl, dl", "0fc0d1", a -> a.xadd(CL, DL)),
        new Form(64, "cmpxchg [rsi], bl", "0fb01e", a -> a.cmpxchg(Mem.at(RSI), BL)),
        new Form(64, "lock cmpxchg8b [rdi]", "f00fc70f", a -> a.lock().cmpxchg8b(Mem.at(RDI))),
        new Form(64, "lock cmpxchg16b [rdi]", "f0480fc70f", a -> a.lock().cmpxchg16b(Mem.at(RDI))),
        new Form(64, "in al, 0x60", "e460", a -> a.in(AL, 0x60)),
        new Form(64, "in ax, 0x60", "66e560", a -> a.in(AX, 0x60)),
        new Form(64, "in eax, dx", "ed", a -> a.inDx(EAX)),
        new Form(64, "in al, dx", "ec", a -> a.inDx(AL)),
        new Form(64, "out 0xe9, al", "e6e9", a -> a.out(0xE9, AL)),
        new Form(64, "out 0x80, eax", "e780", a -> a.out(0x80, EAX)),
        new Form(64, "out dx, ax", "66ef", a -> a.outDx(AX)),
        new Form(64, "out dx, al", "ee", a -> a.outDx(AL)),
        new Form(64, "rep insb", "f36c", a -> a.rep().ins(8)),
        new Form(64, "insd", "6d", a -> a.ins(32)),
        new Form(64, "rep outsw", "f3666f", a -> a.rep().outs(16)),
        new Form(64, "rep movsq", "f348a5", a -> a.rep().movs(64)));
  }

  private static Stream<Form> bits64c() {
    return Stream.of(
        new Form(64, "movsb", "a4", a -> a.movs(8)),
        new Form(64, "rep stosd", "f3ab", a -> a.rep().stos(32)),
        new Form(64, "stosq", "48ab", a -> a.stos(64)),
        new Form(64, "lodsw", "66ad", a -> a.lods(16)),
        new Form(64, "repe cmpsb", "f3a6", a -> a.rep().cmps(8)),
        new Form(64, "repne scasb", "f2ae", a -> a.repne().scas(8)),
        new Form(64, "scasq", "48af", a -> a.scas(64)),
        new Form(64, "jmp rax", "ffe0", a -> a.jmp(RAX)),
        new Form(64, "jmp qword [rbx]", "ff23", a -> a.jmp(Mem.at(RBX).qword())),
        new Form(64, "call r11", "41ffd3", a -> a.call(R11)),
        new Form(64, "ret", "c3", a -> a.ret()),
        new Form(64, "retfq", "48cb", a -> a.retfq()),
        new Form(64, "retf", "cb", a -> a.retf()),
        new Form(64, "int 0x80", "cd80", a -> a.int_(0x80)),
        new Form(64, "int3", "cc", a -> a.int3()),
        new Form(64, "iretq", "48cf", a -> a.iretq()),
        new Form(64, "syscall", "0f05", a -> a.syscall()),
        new Form(64, "o64 sysret", "480f07", a -> a.sysretq()),
        new Form(64, "cli", "fa", a -> a.cli()),
        new Form(64, "sti", "fb", a -> a.sti()),
        new Form(64, "cld", "fc", a -> a.cld()),
        new Form(64, "std", "fd", a -> a.std()),
        new Form(64, "hlt", "f4", a -> a.hlt()),
        new Form(64, "nop", "90", a -> a.nop()),
        new Form(64, "pause", "f390", a -> a.pause()),
        new Form(64, "ud2", "0f0b", a -> a.ud2()),
        new Form(64, "cpuid", "0fa2", a -> a.cpuid()),
        new Form(64, "rdmsr", "0f32", a -> a.rdmsr()),
        new Form(64, "wrmsr", "0f30", a -> a.wrmsr()),
        new Form(64, "rdtsc", "0f31", a -> a.rdtsc()),
        new Form(64, "wbinvd", "0f09", a -> a.wbinvd()));
  }

  private static Stream<Form> bits64cMore() {
    return Stream.of(
        new Form(64, "clts", "0f06", a -> a.clts()),
        new Form(64, "swapgs", "0f01f8", a -> a.swapgs()),
        new Form(64, "xgetbv", "0f01d0", a -> a.xgetbv()),
        new Form(64, "xsetbv", "0f01d1", a -> a.xsetbv()),
        new Form(64, "fninit", "dbe3", a -> a.fninit()),
        new Form(64, "lgdt [rbx]", "0f0113", a -> a.lgdt(Mem.at(RBX))),
        new Form(64, "invlpg [r8]", "410f0138", a -> a.invlpg(Mem.at(R8))),
        new Form(64, "ltr word [rax]", "0f0018", a -> a.ltr(Mem.at(RAX).word())),
        new Form(64, "movdqu xmm3, [rax]", "f30f6f18", a -> a.movdqu(3, Mem.at(RAX))),
        new Form(
            64,
            "movdqu [r9+0x20], xmm12",
            "f3450f7f6120",
            a -> a.movdqu(Mem.at(R9).disp(0x20), 12)),
        new Form(64, "movdqa xmm9, [rsi]", "66440f6f0e", a -> a.movdqa(9, Mem.at(RSI))),
        new Form(64, "movdqa [rsi], xmm1", "660f7f0e", a -> a.movdqa(Mem.at(RSI), 1)),
        new Form(64, "x: jmp short x", "ebfe", a -> a.jmpShort(a.here())),
        new Form(64, "nop\nx: nop\nloop x", "9090e2fd", a -> a.nop().loop(nopHere(a))),
        new Form(64, "x: nop\njne near x", "900f85f9ffffff", a -> a.jcc(Cond.NE, nopHere(a))),
        new Form(
            64, "x: nop\nmov eax, [rel x]", "908b05f9ffffff", a -> a.mov(EAX, Mem.at(nopHere(a)))),
        new Form(
            64,
            "x: nop\nmov dword [rel x+4], 9",
            "90c705f9ffffff09000000",
            a -> a.mov(Mem.at(nopHere(a)).disp(4).dword(), 9)),
        new Form(
            64,
            "x: nop\nadd qword [rel x], 9",
            "90488305f7ffffff09",
            a -> a.add(Mem.at(nopHere(a)).qword(), 9)),
        new Form(64, "x: nop\nmov rsi, x", "9048be007c000000000000", a -> a.mov(RSI, nopHere(a))));
  }

  private static Stream<Form> bits64d() {
    return Stream.of(
        new Form(
            64,
            "x: nop\ndw x\ndd x\ndq x",
            "90007c007c0000007c000000000000",
            a -> label(a, nopHere(a))));
  }
}
