package org.jvmm.testkit.asm;

import java.nio.charset.StandardCharsets;

/**
 * The assembler: one method per mnemonic, in Intel's operand order, each returning this.
 *
 * <pre>{@code
 * Asm a = Asm.bits(16).org(0x7C00);
 * Label again = a.here();
 * byte[] code = a.mov(AL, 'x').out(0xE9, AL).jmp(again).assemble();
 * }</pre>
 *
 * <p>Jumps to labels are near unless the name says short, so a change of distance never changes the
 * code's size. Immediates take the sign-extended imm8 form where the instruction has one. A wrong
 * combination of operands throws IllegalArgumentException.
 */
public final class Asm {
  private final CodeBuffer code = new CodeBuffer();
  private final Encoder enc;
  private long origin;

  private Asm(int bits) {
    enc = new Encoder(code, bits);
  }

  /** Starts code for 16-, 32- or 64-bit segments, with origin 0. */
  public static Asm bits(int bits) {
    return new Asm(bits);
  }

  /** Goes on in another code size, as behind a far jump into another kind of segment. */
  public Asm use(int bits) {
    enc.mode(bits);
    return this;
  }

  /** Address of the first byte; labels used as addresses count from it. */
  public Asm org(long address) {
    origin = address;
    return this;
  }

  /** The finished code. */
  public byte[] assemble() {
    return code.resolve(origin);
  }

  /** A label to be bound later. */
  public Label label(String name) {
    return new Label(name);
  }

  /** Binds the label here. */
  public Asm bind(Label label) {
    label.bind(code.size());
    return this;
  }

  /** A label bound here. */
  public Label here() {
    Label label = new Label("at offset %#x".formatted(code.size()));
    label.bind(code.size());
    return label;
  }

  /** Address of the next byte. */
  public long address() {
    return origin + code.size();
  }

  // Data

  public Asm db(int... values) {
    return data(1, values);
  }

  public Asm dw(int... values) {
    return data(2, values);
  }

  public Asm dd(int... values) {
    return data(4, values);
  }

  public Asm dq(long... values) {
    for (long v : values) {
      code.put(v, 8);
    }
    return this;
  }

  private Asm data(int size, int... values) {
    for (int v : values) {
      code.put(v, size);
    }
    return this;
  }

  /** The label's address as 16 bits. */
  public Asm dw(Label label) {
    code.putAddress(label, 0, 2);
    return this;
  }

  /** The label's address as 32 bits. */
  public Asm dd(Label label) {
    code.putAddress(label, 0, 4);
    return this;
  }

  /** The label's address as 64 bits. */
  public Asm dq(Label label) {
    code.putAddress(label, 0, 8);
    return this;
  }

  /** Text in ISO 8859-1, with no terminator. */
  public Asm ascii(String text) {
    for (byte b : text.getBytes(StandardCharsets.ISO_8859_1)) {
      code.put(b, 1);
    }
    return this;
  }

  /** Fills with NOP up to the next multiple of {@code n} bytes from the start of the code. */
  public Asm align(int n) {
    while (code.size() % n != 0) {
      code.put(0x90, 1);
    }
    return this;
  }

  /** Fills with zeros up to the offset from the start of the code. */
  public Asm padTo(int offset) {
    if (offset < code.size()) {
      throw new IllegalStateException("offset %#x is behind us".formatted(offset));
    }
    while (code.size() < offset) {
      code.put(0, 1);
    }
    return this;
  }

  // Moves

  public Asm mov(Operand dst, Operand src) {
    return regRm(0x88, dst, src);
  }

  /**
   * The shortest form that holds the value: a 64-bit register takes imm32 sign-extended or imm64.
   */
  public Asm mov(Operand dst, long value) {
    int width = Width.of(dst);
    if (dst instanceof Reg reg && !(width == 64 && value == (int) value)) {
      enc.inOpcode(width, reg, width == 8 ? 0xB0 : 0xB8);
      code.put(Width.imm(value, width), width / 8);
    } else {
      int immBytes = Math.min(width, 32) / 8;
      enc.modRm(width, 0, dst, immBytes, width == 8 ? 0xC6 : 0xC7);
      code.put(Width.imm32(value, width), immBytes);
    }
    return this;
  }

  /** Loads the label's address in the register's width. */
  public Asm mov(Reg dst, Label label) {
    enc.inOpcode(dst.bits(), dst, 0xB8);
    code.putAddress(label, 0, dst.bits() / 8);
    return this;
  }

  public Asm mov(Seg dst, Operand src) {
    enc.modRm(src.bits() == 64 ? 64 : 0, dst.ordinal(), src, 0, 0x8E);
    return this;
  }

  public Asm mov(Operand dst, Seg src) {
    enc.modRm(dst instanceof Reg ? dst.bits() : 0, src.ordinal(), dst, 0, 0x8C);
    return this;
  }

  public Asm mov(Cr dst, Reg src) {
    enc.modRm(0, dst.code(), src, 0, 0x0F, 0x22);
    return this;
  }

  public Asm mov(Reg dst, Cr src) {
    enc.modRm(0, src.code(), dst, 0, 0x0F, 0x20);
    return this;
  }

  /** Source of 8 or 16 bits. */
  public Asm movzx(Reg dst, Operand src) {
    enc.modRm(dst.bits(), dst, src, 0, 0x0F, Width.of(src) == 8 ? 0xB6 : 0xB7);
    return this;
  }

  /** Source of 8 or 16 bits. */
  public Asm movsx(Reg dst, Operand src) {
    enc.modRm(dst.bits(), dst, src, 0, 0x0F, Width.of(src) == 8 ? 0xBE : 0xBF);
    return this;
  }

  public Asm lea(Reg dst, Mem src) {
    enc.modRm(dst.bits(), dst, src, 0, 0x8D);
    return this;
  }

  public Asm xchg(Operand dst, Reg src) {
    enc.modRm(src.bits(), src, dst, 0, src.bits() == 8 ? 0x86 : 0x87);
    return this;
  }

  /** 16, 32 (not in 64-bit code) or 64 bits. */
  public Asm push(Operand src) {
    if (src instanceof Reg reg) {
      enc.inOpcode(stackWidth(Width.of(src)), reg, 0x50);
    } else {
      enc.modRm(stackWidth(Width.of(src)), 6, src, 0, 0xFF);
    }
    return this;
  }

  public Asm push(long value) {
    int width = Math.min(enc.mode(), 32);
    boolean small = value == (byte) value;
    enc.plain(0, small ? 0x6A : 0x68);
    code.put(Width.imm(value, width), small ? 1 : width / 8);
    return this;
  }

  /** 16, 32 (not in 64-bit code) or 64 bits. */
  public Asm pop(Operand dst) {
    if (dst instanceof Reg reg) {
      enc.inOpcode(stackWidth(Width.of(dst)), reg, 0x58);
    } else {
      enc.modRm(stackWidth(Width.of(dst)), 0, dst, 0, 0x8F);
    }
    return this;
  }

  /** In the code's own width. */
  public Asm pushf() {
    return db(0x9C);
  }

  /** In the code's own width. */
  public Asm popf() {
    return db(0x9D);
  }

  // Arithmetic

  public Asm add(Operand dst, Operand src) {
    return regRm(0x00, dst, src);
  }

  public Asm add(Operand dst, long value) {
    return aluImm(0, dst, value);
  }

  public Asm or(Operand dst, Operand src) {
    return regRm(0x08, dst, src);
  }

  public Asm or(Operand dst, long value) {
    return aluImm(1, dst, value);
  }

  public Asm adc(Operand dst, Operand src) {
    return regRm(0x10, dst, src);
  }

  public Asm adc(Operand dst, long value) {
    return aluImm(2, dst, value);
  }

  public Asm sbb(Operand dst, Operand src) {
    return regRm(0x18, dst, src);
  }

  public Asm sbb(Operand dst, long value) {
    return aluImm(3, dst, value);
  }

  public Asm and(Operand dst, Operand src) {
    return regRm(0x20, dst, src);
  }

  public Asm and(Operand dst, long value) {
    return aluImm(4, dst, value);
  }

  public Asm sub(Operand dst, Operand src) {
    return regRm(0x28, dst, src);
  }

  public Asm sub(Operand dst, long value) {
    return aluImm(5, dst, value);
  }

  public Asm xor(Operand dst, Operand src) {
    return regRm(0x30, dst, src);
  }

  public Asm xor(Operand dst, long value) {
    return aluImm(6, dst, value);
  }

  public Asm cmp(Operand dst, Operand src) {
    return regRm(0x38, dst, src);
  }

  public Asm cmp(Operand dst, long value) {
    return aluImm(7, dst, value);
  }

  public Asm test(Operand dst, Reg src) {
    enc.modRm(src.bits(), src, dst, 0, src.bits() == 8 ? 0x84 : 0x85);
    return this;
  }

  public Asm test(Operand dst, long value) {
    int immBytes = Math.min(Width.of(dst), 32) / 8;
    group(0xF6, 0, dst, immBytes);
    code.put(Width.imm32(value, Width.of(dst)), immBytes);
    return this;
  }

  public Asm inc(Operand dst) {
    return step(0x40, 0, dst);
  }

  public Asm dec(Operand dst) {
    return step(0x48, 1, dst);
  }

  public Asm not(Operand dst) {
    return group(0xF6, 2, dst, 0);
  }

  public Asm neg(Operand dst) {
    return group(0xF6, 3, dst, 0);
  }

  public Asm mul(Operand src) {
    return group(0xF6, 4, src, 0);
  }

  public Asm imul(Operand src) {
    return group(0xF6, 5, src, 0);
  }

  public Asm div(Operand src) {
    return group(0xF6, 6, src, 0);
  }

  public Asm idiv(Operand src) {
    return group(0xF6, 7, src, 0);
  }

  public Asm shl(Operand dst, int count) {
    group(0xC0, 4, dst, 1);
    return db(count);
  }

  public Asm shr(Operand dst, int count) {
    group(0xC0, 5, dst, 1);
    return db(count);
  }

  public Asm sar(Operand dst, int count) {
    group(0xC0, 7, dst, 1);
    return db(count);
  }

  // Atomics

  /** Prefix of the next instruction. */
  public Asm lock() {
    return db(0xF0);
  }

  public Asm xadd(Operand dst, Reg src) {
    enc.modRm(src.bits(), src, dst, 0, 0x0F, src.bits() == 8 ? 0xC0 : 0xC1);
    return this;
  }

  public Asm cmpxchg(Operand dst, Reg src) {
    enc.modRm(src.bits(), src, dst, 0, 0x0F, src.bits() == 8 ? 0xB0 : 0xB1);
    return this;
  }

  public Asm cmpxchg8b(Mem dst) {
    enc.modRm(0, 1, dst, 0, 0x0F, 0xC7);
    return this;
  }

  public Asm cmpxchg16b(Mem dst) {
    enc.modRm(64, 1, dst, 0, 0x0F, 0xC7);
    return this;
  }

  // Ports and strings

  /** dst is AL, AX or EAX. */
  public Asm in(Reg dst, int port) {
    enc.plain(dst.bits(), dst.bits() == 8 ? 0xE4 : 0xE5, port);
    return this;
  }

  /** From the port in DX; dst is AL, AX or EAX. */
  public Asm inDx(Reg dst) {
    enc.plain(dst.bits(), dst.bits() == 8 ? 0xEC : 0xED);
    return this;
  }

  /** src is AL, AX or EAX. */
  public Asm out(int port, Reg src) {
    enc.plain(src.bits(), src.bits() == 8 ? 0xE6 : 0xE7, port);
    return this;
  }

  /** To the port in DX; src is AL, AX or EAX. */
  public Asm outDx(Reg src) {
    enc.plain(src.bits(), src.bits() == 8 ? 0xEE : 0xEF);
    return this;
  }

  /** Prefix REP or REPE of the next string instruction. */
  public Asm rep() {
    return db(0xF3);
  }

  /** Prefix REPNE of the next string instruction. */
  public Asm repne() {
    return db(0xF2);
  }

  /** INS of 8, 16 or 32 bits. */
  public Asm ins(int width) {
    return string(0x6C, width);
  }

  /** OUTS of 8, 16 or 32 bits. */
  public Asm outs(int width) {
    return string(0x6E, width);
  }

  /** MOVS of 8, 16, 32 or 64 bits. */
  public Asm movs(int width) {
    return string(0xA4, width);
  }

  /** CMPS of 8, 16, 32 or 64 bits. */
  public Asm cmps(int width) {
    return string(0xA6, width);
  }

  /** STOS of 8, 16, 32 or 64 bits. */
  public Asm stos(int width) {
    return string(0xAA, width);
  }

  /** LODS of 8, 16, 32 or 64 bits. */
  public Asm lods(int width) {
    return string(0xAC, width);
  }

  /** SCAS of 8, 16, 32 or 64 bits. */
  public Asm scas(int width) {
    return string(0xAE, width);
  }

  // Control transfer

  public Asm jmp(Label target) {
    return relative(target, nearBytes(), 0xE9);
  }

  public Asm jmpShort(Label target) {
    return relative(target, 1, 0xEB);
  }

  /** Near indirect, in the code's own width. */
  public Asm jmp(Operand target) {
    enc.modRm(enc.mode() == 64 ? 0 : enc.mode(), 4, target, 0, 0xFF);
    return this;
  }

  /** Far, direct, with an offset of {@code offsetBits} 16 or 32; not in 64-bit code. */
  public Asm jmpFar(int selector, Label target, int offsetBits) {
    farOpcode(0xEA, offsetBits);
    code.putAddress(target, 0, offsetBits / 8);
    return dw(selector);
  }

  /** Far, direct, with an offset of {@code offsetBits} 16 or 32; not in 64-bit code. */
  public Asm jmpFar(int selector, long target, int offsetBits) {
    farOpcode(0xEA, offsetBits);
    code.put(Width.imm(target, offsetBits), offsetBits / 8);
    return dw(selector);
  }

  public Asm jcc(Cond cond, Label target) {
    return relative(target, nearBytes(), 0x0F, 0x80 + cond.ordinal());
  }

  public Asm jccShort(Cond cond, Label target) {
    return relative(target, 1, 0x70 + cond.ordinal());
  }

  /** Counts CX, ECX or RCX by the code's width. */
  public Asm loop(Label target) {
    return relative(target, 1, 0xE2);
  }

  public Asm call(Label target) {
    return relative(target, nearBytes(), 0xE8);
  }

  /** Near indirect, in the code's own width. */
  public Asm call(Operand target) {
    enc.modRm(enc.mode() == 64 ? 0 : enc.mode(), 2, target, 0, 0xFF);
    return this;
  }

  public Asm ret() {
    return db(0xC3);
  }

  /** Far return, in the code's own width (32 bits in 64-bit code). */
  public Asm retf() {
    return db(0xCB);
  }

  /** Far return with 64-bit operands: the way from long mode into compatibility mode. */
  public Asm retfq() {
    enc.plain(64, 0xCB);
    return this;
  }

  public Asm int_(int vector) {
    return db(0xCD, vector);
  }

  public Asm int3() {
    return db(0xCC);
  }

  /** IRET in the code's own width (32 bits in 64-bit code, where {@link #iretq} is meant). */
  public Asm iret() {
    return db(0xCF);
  }

  public Asm iretq() {
    enc.plain(64, 0xCF);
    return this;
  }

  public Asm syscall() {
    return db(0x0F, 0x05);
  }

  public Asm sysretq() {
    enc.plain(64, 0x0F, 0x07);
    return this;
  }

  // Processor control

  public Asm cli() {
    return db(0xFA);
  }

  public Asm sti() {
    return db(0xFB);
  }

  public Asm cld() {
    return db(0xFC);
  }

  public Asm std() {
    return db(0xFD);
  }

  public Asm hlt() {
    return db(0xF4);
  }

  public Asm nop() {
    return db(0x90);
  }

  public Asm pause() {
    return db(0xF3, 0x90);
  }

  public Asm ud2() {
    return db(0x0F, 0x0B);
  }

  public Asm cpuid() {
    return db(0x0F, 0xA2);
  }

  public Asm rdmsr() {
    return db(0x0F, 0x32);
  }

  public Asm wrmsr() {
    return db(0x0F, 0x30);
  }

  public Asm rdtsc() {
    return db(0x0F, 0x31);
  }

  public Asm wbinvd() {
    return db(0x0F, 0x09);
  }

  public Asm clts() {
    return db(0x0F, 0x06);
  }

  public Asm swapgs() {
    return db(0x0F, 0x01, 0xF8);
  }

  public Asm xgetbv() {
    return db(0x0F, 0x01, 0xD0);
  }

  public Asm xsetbv() {
    return db(0x0F, 0x01, 0xD1);
  }

  public Asm fninit() {
    return db(0xDB, 0xE3);
  }

  public Asm sgdt(Mem dst) {
    return system(0x01, 0, dst);
  }

  public Asm sidt(Mem dst) {
    return system(0x01, 1, dst);
  }

  /** In 16-bit code only 24 bits of the base count; {@link #lgdt32} loads all. */
  public Asm lgdt(Mem src) {
    return system(0x01, 2, src);
  }

  /** LGDT with a 32-bit base in 16-bit code. */
  public Asm lgdt32(Mem src) {
    enc.modRm(32, 2, src, 0, 0x0F, 0x01);
    return this;
  }

  public Asm lidt(Mem src) {
    return system(0x01, 3, src);
  }

  public Asm invlpg(Mem page) {
    return system(0x01, 7, page);
  }

  /** A 16-bit register or memory. */
  public Asm lldt(Operand src) {
    return system(0x00, 2, src);
  }

  /** A 16-bit register or memory. */
  public Asm ltr(Operand src) {
    return system(0x00, 3, src);
  }

  // SSE; xmm is a register number, 0 to 15

  public Asm movdqu(int xmm, Mem src) {
    enc.sse(0xF3, xmm, src, 0x0F, 0x6F);
    return this;
  }

  public Asm movdqu(Mem dst, int xmm) {
    enc.sse(0xF3, xmm, dst, 0x0F, 0x7F);
    return this;
  }

  public Asm movdqa(int xmm, Mem src) {
    enc.sse(0x66, xmm, src, 0x0F, 0x6F);
    return this;
  }

  public Asm movdqa(Mem dst, int xmm) {
    enc.sse(0x66, xmm, dst, 0x0F, 0x7F);
    return this;
  }

  // Shared forms

  /** The four classic encodings: r/m8,r8 · r/m,r · r8,r/m8 · r,r/m at opcode + 0 to 3. */
  private Asm regRm(int opcode, Operand dst, Operand src) {
    if (src instanceof Reg reg) {
      Width.mustMatch(dst, src);
      enc.modRm(reg.bits(), reg, dst, 0, opcode + (reg.bits() == 8 ? 0 : 1));
    } else if (dst instanceof Reg reg) {
      Width.mustMatch(dst, src);
      enc.modRm(reg.bits(), reg, src, 0, opcode + (reg.bits() == 8 ? 2 : 3));
    } else {
      throw new IllegalArgumentException("two memory operands");
    }
    return this;
  }

  private Asm aluImm(int extension, Operand dst, long value) {
    int width = Width.of(dst);
    Width.imm32(value, width);
    boolean small = width > 8 && value == (byte) value;
    int immBytes = small ? 1 : Math.min(width, 32) / 8;
    int opcode = width == 8 ? 0x80 : small ? 0x83 : 0x81;
    enc.modRm(width, extension, dst, immBytes, opcode);
    code.put(value, immBytes);
    return this;
  }

  private Asm group(int opcode, int extension, Operand rm, int immBytes) {
    int width = Width.of(rm);
    enc.modRm(width, extension, rm, immBytes, width == 8 ? opcode : opcode + 1);
    return this;
  }

  /** INC and DEC: one byte for a register, except in 64-bit code, where those bytes are REX. */
  private Asm step(int opcode, int extension, Operand dst) {
    if (dst instanceof Reg reg && reg.bits() != 8 && enc.mode() != 64) {
      enc.inOpcode(reg.bits(), reg, opcode);
      return this;
    }
    return group(0xFE, extension, dst, 0);
  }

  private Asm system(int opcode, int extension, Operand rm) {
    enc.modRm(0, extension, rm, 0, 0x0F, opcode);
    return this;
  }

  private Asm string(int opcode, int width) {
    enc.plain(width, width == 8 ? opcode : opcode + 1);
    return this;
  }

  private Asm relative(Label target, int size, int... opcode) {
    enc.plain(0, opcode);
    code.putRelative(target, 0, size, 0);
    return this;
  }

  private void farOpcode(int opcode, int offsetBits) {
    if (enc.mode() == 64) {
      throw new IllegalArgumentException("no direct far jump in 64-bit code");
    }
    enc.plain(offsetBits, opcode);
  }

  private int nearBytes() {
    return enc.mode() == 16 ? 2 : 4;
  }

  /** In 64-bit code a push is 64 bits wide without REX.W. */
  private int stackWidth(int width) {
    if (enc.mode() == 64 && width == 64) {
      return 0;
    }
    if (enc.mode() == 64 && width == 32) {
      throw new IllegalArgumentException("no 32-bit push or pop in 64-bit code");
    }
    return width;
  }
}
