package org.jvmm.softcpu.diff;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Type;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.mem.RawMemory;
import org.jvmm.kvm.nativecall.NativeCalls;
import org.jvmm.kvm.nativecall.NativeLibrary;

/**
 * Executes instructions on the host's CPU: a loop in machine code that takes a state out of a
 * record, runs the bytes under test and puts the state into the next record, for many records in
 * one call. All of it lies below 2 GiB, so that the code needs no base register; where, depends on
 * what the JVM and the host's linker left free. 32-bit code runs in compatibility mode, through
 * Linux' segment for it.
 */
final class HostCode {
  /** Layout of a record: FXSAVE image, general registers, RFLAGS, window. Then comes its result. */
  static final int GPRS = 512, FLAGS = 640, MEMORY = 704, RECORD = 1024, PAIR = 2 * RECORD;

  /** Most records in a call. */
  static final int MAX = 256;

  private static final int SIZE = 0x2_0000 + MAX * PAIR;
  private static final int MAP_FIXED_NOREPLACE = 0x10_0000, PROT_EXEC = 4, MMAP = 9;

  /** Where the memory may lie: multiples of this below 2 GiB. */
  private static final int CANDIDATES = 0x100_0000;

  /** Where the memory lies: code, then the window that instructions operate on, then records. */
  static final int BASE = map();

  static final int WINDOW = BASE + 0x1_0000;
  static final int WINDOW_SIZE = 256;
  static final int RECORDS = BASE + 0x2_0000;

  private static final int SAVED = BASE + 0x8000;
  private static final int STACK = BASE + 0x9000;
  private static final int CURSOR = SAVED + 128, COUNT = SAVED + 136, HOST_RSP = SAVED + 144;
  private static final int MXCSR = SAVED + 152, FAR = SAVED + 160, SELECTORS = SAVED + 168;
  private static final int CODE32 = BASE + 0x4000, PROBE = BASE + 0x7000;

  /** Linux' __USER32_CS, and access rights as LAR tells them: present, ring 3, code, 32 bits. */
  private static final int USER32_CS = 0x23, RIGHTS = 0x60_f800, USER32_RIGHTS = 0x40_f800;

  private static final int RAX = 0, RCX = 1, RSP = 4, RSI = 6, RDI = 7, R8 = 8, NO_BASE = -1;
  private static final CallContext CALL =
      CallContext.getCallContext(
          Type.SINT64, new Type[] {Type.SINT64, Type.SINT64}, CallingConvention.DEFAULT, false);

  /** Address of the instruction under test, 16 bytes of room. */
  final int slot;

  /** The selectors in the order of CpuState.segments that the instructions find. */
  final int[] selectors;

  private final int entry;
  private int at = PROBE;

  /**
   * For a kind of code.
   *
   * @param bits 64, or 32 where {@link #has32Bits}
   */
  HostCode(int bits) {
    RawMemory.putInt(MXCSR, 0x1f80);
    selectors = selectors();
    boolean compatible = bits == 32;
    entry = compatible ? CODE32 : BASE;
    at = entry;
    slot = emit(compatible);
    if (compatible) {
      selectors[CpuState.CS] = USER32_CS;
      selectors[CpuState.DS] = selectors[CpuState.SS];
      selectors[CpuState.ES] = selectors[CpuState.SS];
    }
  }

  /** Whether this host lets 64-bit processes run 32-bit code. */
  static boolean has32Bits() {
    new HostCode(64).probe();
    return (invoke(PROBE, 0, 0) & RIGHTS) == USER32_RIGHTS;
  }

  private static long invoke(int code, long first, long second) {
    return Invoker.getInstance().invokeN2(CALL, code, first, second);
  }

  private void probe() {
    at = PROBE;
    bytes(0x31, 0xc0, 0xb9, USER32_CS, 0, 0, 0); // xor eax, eax; mov ecx, USER32_CS
    bytes(0x0f, 0x02, 0xc1, 0x74, 0x02, 0x31, 0xc0, 0xc3); // lar eax, ecx; jz +2; xor eax, eax; ret
  }

  private int[] selectors() {
    for (int i = 0; i < 6; i++) {
      bytes(0x8c, i << 3 | 4, 0x25); // mov [SELECTORS + 2 i], sreg
      int32(SELECTORS + 2 * i);
    }
    bytes(0xc3);
    invoke(PROBE, 0, 0);
    int[] found = new int[6];
    for (int i = 0; i < found.length; i++) {
      found[i] = RawMemory.getShort(SELECTORS + 2 * i) & 0xffff;
    }
    return found;
  }

  /** The memory, for as long as the JVM lives, at the first free candidate. */
  private static int map() {
    NativeCalls calls = NativeLibrary.open("jffi");
    StringBuilder tried = new StringBuilder();
    for (long base = CANDIDATES; base <= Integer.MAX_VALUE - SIZE; base += CANDIDATES) {
      long address =
          calls.syscall(
              MMAP,
              base,
              SIZE,
              NativeCalls.PROT_READ | NativeCalls.PROT_WRITE | PROT_EXEC,
              NativeCalls.MAP_PRIVATE | NativeCalls.MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
              -1,
              0);
      if (address == base) {
        return (int) base;
      }
      if (address > 0) {
        calls.munmap(address, SIZE); // Linux before 4.17 takes the address as a hint
      }
      tried.append(" %#x: %d".formatted(base, address));
    }
    throw new IllegalStateException("no executable memory below 2 GiB:" + tried);
  }

  /** Puts the instruction under test into its slot, padded with NOPs. */
  void instruction(byte[] bytes) {
    for (int i = 0; i < 16; i++) {
      RawMemory.putByte(slot + i, i < bytes.length ? bytes[i] : (byte) 0x90);
    }
  }

  /** Runs the first records. */
  void run(int count) {
    invoke(entry, RECORDS, count);
  }

  private int emit(boolean compatible) {
    bytes(0x53, 0x55, 0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57); // push rbx, rbp, r12-r15
    memory(0x89, RSP, NO_BASE, HOST_RSP);
    memory(0x89, RDI, NO_BASE, CURSOR);
    memory(0x89, RSI, NO_BASE, COUNT);
    if (compatible) {
      bytes(0x8c, 0xd0, 0x8e, 0xd8, 0x8e, 0xc0); // mov eax, ss; mov ds, eax; mov es, eax
    }
    int loop = at;
    load();
    int here = compatible ? enter32() : at;
    at = here + 16;
    if (compatible) {
      leave32();
    }
    store();
    memory(0x81, 0, NO_BASE, CURSOR); // add qword [CURSOR], PAIR
    int32(PAIR);
    memory(0xff, 1, NO_BASE, COUNT); // dec qword [COUNT]
    bytes(0x0f, 0x85); // jnz loop
    int32(loop - at - 4);
    memory(0x8b, RSP, NO_BASE, HOST_RSP);
    if (compatible) {
      bytes(0xb8); // mov eax, DS; mov ds, eax
      int32(selectors[CpuState.DS]);
      bytes(0x8e, 0xd8, 0xb8); // mov eax, ES; mov es, eax
      int32(selectors[CpuState.ES]);
      bytes(0x8e, 0xc0);
    }
    bytes(0x41, 0x5f, 0x41, 0x5e, 0x41, 0x5d, 0x41, 0x5c, 0x5d, 0x5b, 0xc3);
    return here;
  }

  /** Takes the state out of the record. */
  private void load() {
    memory(0x8b, R8, NO_BASE, CURSOR);
    memory(0x8d, RSI, R8, MEMORY);
    copyWindow(true);
    wide0f(0xae, 1, R8, 0); // fxrstor64 [r8]
    bytes(0x41, 0xff, 0xb0); // push [r8 + FLAGS]; popfq
    int32(FLAGS);
    bytes(0x9d);
    for (int i = 15; i >= 0; i--) {
      if (i != R8) {
        memory(0x8b, i, R8, GPRS + 8 * i);
      }
    }
    memory(0x8b, R8, R8, GPRS + 8 * R8);
  }

  /** Puts the state into the record. */
  private void store() {
    for (int i = 0; i < 16; i++) {
      memory(0x89, i, NO_BASE, SAVED + 8 * i);
    }
    bytes(0xbc); // mov esp, STACK
    int32(STACK);
    bytes(0x9c, 0x58, 0x6a, 0x02, 0x9d); // pushfq; pop rax; push 2; popfq
    memory(0x8b, R8, NO_BASE, CURSOR);
    memory(0x89, RAX, R8, RECORD + FLAGS);
    wide0f(0xae, 0, R8, RECORD); // fxsave64
    bytes(0xdb, 0xe3, 0x0f, 0xae, 0x14, 0x25); // fninit; ldmxcsr [MXCSR]
    int32(MXCSR);
    bytes(0xbe); // mov esi, SAVED
    int32(SAVED);
    memory(0x8d, RDI, R8, RECORD + GPRS);
    copy(128);
    memory(0x8d, RDI, R8, RECORD + MEMORY);
    copyWindow(false);
  }

  /** Jumps to 64-bit code right behind. */
  private void leave32() {
    bytes(0xea);
    int32(at + 6);
    bytes(selectors[CpuState.CS], 0);
  }

  /** Jumps to 32-bit code right behind; its address. */
  private int enter32() {
    bytes(0xff, 0x2c, 0x25); // jmp far [FAR]
    int32(FAR);
    RawMemory.putInt(FAR, at);
    RawMemory.putShort(FAR + 4, (short) USER32_CS);
    return at;
  }

  /** Copies the window from [rsi], or to [rdi]. */
  private void copyWindow(boolean in) {
    bytes(in ? 0xbf : 0xbe); // mov edi or esi, WINDOW
    int32(WINDOW);
    copy(WINDOW_SIZE);
  }

  private void copy(int length) {
    bytes(0xb8 | RCX);
    int32(length / 8);
    bytes(0xf3, 0x48, 0xa5); // rep movsq
  }

  private void bytes(int... code) {
    for (int b : code) {
      RawMemory.putByte(at++, (byte) b);
    }
  }

  private void int32(int value) {
    RawMemory.putInt(at, value);
    at += 4;
  }

  /** A 64-bit instruction with a register and [base + displacement]. */
  private void memory(int opcode, int reg, int base, int displacement) {
    bytes(0x48 | reg >> 3 << 2 | (base > 7 ? 1 : 0), opcode);
    operand(reg, base, displacement);
  }

  private void wide0f(int opcode, int reg, int base, int displacement) {
    bytes(0x48 | (base > 7 ? 1 : 0), 0x0f, opcode);
    operand(reg, base, displacement);
  }

  private void operand(int reg, int base, int displacement) {
    if (base == NO_BASE) {
      bytes((reg & 7) << 3 | 4, 0x25);
    } else {
      bytes(0x80 | (reg & 7) << 3 | base & 7);
    }
    int32(displacement);
  }
}
