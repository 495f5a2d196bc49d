package org.jvmm.softcpu.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.EnumSet;
import java.util.function.Consumer;
import org.jvmm.core.accel.CpuModel;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Part;
import org.jvmm.core.accel.CpuState.Segment;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.softcpu.SoftAccelerator;
import org.jvmm.softcpu.SoftVcpu;
import org.jvmm.testkit.TinyVm;
import org.jvmm.testkit.asm.Asm;

/**
 * A guest of a few instructions in a world of descriptor tables: segments of all rings, a TSS, and
 * an interrupt table whose handlers halt, so that it shows which event came and with what frame.
 */
final class Guest implements AutoCloseable {
  static final int CODE = TinyVm.CODE;
  static final int GDT = 0x4000, IDT = 0x5000, HANDLERS = 0x6000, TSS = 0x8000, LDT = 0xd000;

  /** Tops of stacks: of ring 0 as the TSS has it, of ring 1, IST1, and of whoever starts. */
  static final int STACK0 = 0xa000, STACK1 = 0xb000, IST1 = 0xb800, STACK = 0xc000;

  /** Free. */
  static final int DATA = 0x1_0000;

  /** Selectors, with RPL 0: code and data of rings 0, 1 and 3; 16-bit ones; 64-bit code. */
  static final int CODE0 = 0x08,
      DATA0 = 0x10,
      CODE1 = 0x18,
      DATA1 = 0x20,
      CODE3 = 0x28,
      DATA3 = 0x30,
      CONFORMING0 = 0x38,
      CODE16 = 0x40,
      DATA16 = 0x48,
      LONG0 = 0x50,
      LONG3 = 0x58,
      TASK = 0x60;

  /** A selector whose descriptor, of 16 bytes, a test may choose; and more of 8. */
  static final int OWN = 0x70, OWN2 = 0x80, OWN3 = 0x88;

  /** Access bytes. */
  static final int CODE_ACCESS = 0x9b, DATA_ACCESS = 0x93, TSS32 = 0x89, TSS16 = 0x81;

  /** Flags of descriptors: granularity with 32 bits, with 64 bits. */
  static final int FLAT32 = 0xc, FLAT64 = 0xa;

  private static final int GDT_LIMIT = 0x8f, HLT = 0xf4;

  /** The handler of a vector is a HLT here plus the vector. */
  private static final int LAST_INSTRUCTIONS = 100_000;

  final TinyVm vm;

  /** What the vCPU starts with, and what it has when it stands. */
  final CpuState state = new CpuState();

  private final int bits;

  private Guest(int bits, CpuModel model) {
    this.bits = bits;
    vm = new TinyVm(new SoftAccelerator(), IrqchipMode.USER, 1, model);
    vm.vcpu().save(state, TinyVm.ALL);
    for (int i = 0; i < 256; i++) {
      memory().write8(HANDLERS + i, (byte) HLT);
    }
    state.rip = CODE;
    state.gpr[CpuState.RSP] = STACK;
    state.rflags = 2;
  }

  /** Real mode, all segments at 0, interrupt vectors at {@link #IDT}. */
  static Guest real() {
    Guest g = new Guest(16, CpuModel.HOST);
    for (int i = 0; i < 256; i++) {
      g.memory().write32(IDT + 4 * i, HANDLERS + i);
    }
    g.state.idtBase = IDT;
    g.state.idtLimit = 0x3ff;
    g.state.segments[CpuState.CS].set(0, 0, 0xffff, 0x9b, false);
    return g;
  }

  /** Ring 0 of 32-bit protected mode without paging. */
  static Guest flat() {
    return flat(CpuModel.HOST);
  }

  /** The same with a CPU of a model. */
  static Guest flat(CpuModel model) {
    Guest g = new Guest(32, model);
    g.tables();
    for (int i = 0; i < 256; i++) {
      g.gate(i, 0x8e, CODE0, HANDLERS + i);
    }
    GuestMemory m = g.memory();
    m.write32(TSS + 4, STACK0);
    m.write32(TSS + 8, DATA0);
    m.write32(TSS + 12, STACK1);
    m.write32(TSS + 16, DATA1 | 1);
    m.write16(TSS + 102, (short) 0x68);
    g.descriptor(TASK, TSS, 0x67, TSS32 | 2, 0);
    g.state.cr0 = 0x31; // PE, ET, NE
    g.ring(0);
    g.state.segments[CpuState.TR].set(TASK, TSS, 0x67, 0x8b, false);
    return g;
  }

  /** Ring 0 of 64-bit mode; the first GiB is mapped one to one for all rings. */
  static Guest wide() {
    return wide(CpuModel.HOST);
  }

  /** The same with a CPU of a model. */
  static Guest wide(CpuModel model) {
    Guest g = new Guest(64, model);
    g.tables();
    for (int i = 0; i < 256; i++) {
      g.gate(i, 0x8e, LONG0, HANDLERS + i);
    }
    GuestMemory m = g.memory();
    m.write64(TSS + 4, STACK0);
    m.write64(TSS + 36, IST1);
    m.write16(TSS + 102, (short) 0x68);
    int tables = TinyVm.PAGE_TABLES;
    m.write64(tables, tables + 0x1007);
    m.write64(tables + 0x1000, tables + 0x2007);
    for (int i = 0; i < 512; i++) {
      m.write64(tables + 0x2000 + 8 * i, (long) i << 21 | 0x87);
    }
    g.descriptor(TASK, TSS, 0x67, TSS32 | 2, 0);
    g.state.cr0 = 0x8000_0031L;
    g.state.cr3 = tables;
    g.state.cr4 = 1 << 5 | 1 << 9;
    g.state.efer = 0xd01; // SCE, LME, LMA, NXE
    g.ring(0);
    g.state.segments[CpuState.TR].set(TASK, TSS, 0x67, 0x8b, false);
    return g;
  }

  private void tables() {
    descriptor(CODE0, 0, -1, CODE_ACCESS, FLAT32);
    descriptor(DATA0, 0, -1, DATA_ACCESS, FLAT32);
    descriptor(CODE1, 0, -1, CODE_ACCESS | 0x20, FLAT32);
    descriptor(DATA1, 0, -1, DATA_ACCESS | 0x20, FLAT32);
    descriptor(CODE3, 0, -1, CODE_ACCESS | 0x60, FLAT32);
    descriptor(DATA3, 0, -1, DATA_ACCESS | 0x60, FLAT32);
    descriptor(CONFORMING0, 0, -1, CODE_ACCESS | 4, FLAT32);
    descriptor(CODE16, 0, 0xffff, CODE_ACCESS, 0);
    descriptor(DATA16, 0, 0xffff, DATA_ACCESS, 0);
    descriptor(LONG0, 0, -1, CODE_ACCESS, FLAT64);
    descriptor(LONG3, 0, -1, CODE_ACCESS | 0x60, FLAT64);
    state.gdtBase = GDT;
    state.gdtLimit = GDT_LIMIT;
    state.idtBase = IDT;
    state.idtLimit = bits == 64 ? 0xfff : 0x7ff;
  }

  GuestMemory memory() {
    return vm.memory();
  }

  SoftVcpu vcpu() {
    return (SoftVcpu) vm.vcpu();
  }

  /** Writes a descriptor into the GDT; the limit in bytes. */
  Guest descriptor(int selector, long base, int limit, int access, int flags) {
    long field = (flags & 8) != 0 ? limit >>> 12 : limit;
    memory()
        .write64(
            GDT + selector,
            field & 0xffff
                | (base & 0xffffff) << 16
                | (long) access << 40
                | (field >>> 16 & 0xf) << 48
                | (long) flags << 52
                | (base >>> 24 & 0xff) << 56);
    return this;
  }

  /** A call or task gate in the GDT. */
  Guest callGate(int selector, int access, int target, long offset, int parameters) {
    memory().write64(GDT + selector, gateBits(access, target, offset) | (long) parameters << 32);
    if (bits == 64) {
      memory().write64(GDT + selector + 8, offset >>> 32);
    }
    return this;
  }

  /** An entry of the interrupt table. */
  Guest gate(int vector, int access, int target, long offset) {
    if (bits == 64) {
      memory().write64(IDT + 16 * vector, gateBits(access, target, offset));
      memory().write64(IDT + 16 * vector + 8, offset >>> 32);
    } else {
      memory().write64(IDT + 8 * vector, gateBits(access, target, offset));
    }
    return this;
  }

  private static long gateBits(int access, int target, long offset) {
    return offset & 0xffff
        | (long) target << 16
        | (long) access << 40
        | (offset >>> 16 & 0xffff) << 48;
  }

  /** Starts in a ring: its segments are loaded. */
  Guest ring(int cpl) {
    boolean wide = bits == 64;
    int dpl = cpl << 5;
    int code = cpl == 0 ? wide ? LONG0 : CODE0 : cpl == 1 ? CODE1 : wide ? LONG3 : CODE3;
    int data = (cpl == 0 ? DATA0 : cpl == 1 ? DATA1 : DATA3) | cpl;
    for (int i = CpuState.ES; i <= CpuState.GS; i++) {
      state.segments[i].set(data, 0, -1, 0xc93 | dpl, false);
    }
    state.segments[CpuState.CS].set(code | cpl, 0, -1, (wide ? 0xa9b : 0xc9b) | dpl, false);
    return this;
  }

  /** Changes the state to start with. */
  Guest with(Consumer<CpuState> change) {
    change.accept(state);
    return this;
  }

  /** Sets the code; it runs with the width that the guest began with. */
  Guest code(Consumer<Asm> program) {
    Asm asm = Asm.bits(bits).org(CODE);
    program.accept(asm);
    memory().copyIn(CODE, asm.assemble());
    return this;
  }

  /** Sets the code as bytes. */
  Guest code(int... bytes) {
    return code(asm -> asm.db(bytes));
  }

  /** Runs until it halts; {@link #state} is what it has then. */
  Guest run() {
    expect(ExitReason.HALTED);
    return this;
  }

  /** Runs until an exit, which must have a reason. */
  VcpuExit expect(ExitReason reason) {
    restore();
    VcpuExit exit = resume();
    assertEquals(reason, exit.reason(), () -> exit.detail() + "\n" + state);
    return exit;
  }

  /** Loads {@link #state} into the vCPU, which is not halted any more. */
  void restore() {
    state.activity = CpuState.Activity.RUNNING;
    vcpu().restore(state, EnumSet.complementOf(EnumSet.of(Part.APIC)));
  }

  /** Runs on as it stands. */
  VcpuExit resume() {
    vcpu().stopAt(vcpu().instructions() + LAST_INSTRUCTIONS);
    VcpuExit exit = vm.run();
    vcpu().save(state, TinyVm.ALL);
    return exit;
  }

  /** The vector whose handler halted. */
  int vector() {
    long at = state.rip - 1 - HANDLERS;
    return at >= 0 && at < 256 ? (int) at : -1;
  }

  /** Expects that a handler halted. */
  Guest expectVector(int vector) {
    assertEquals(vector, vector(), () -> "RIP %x%n%s".formatted(state.rip, state));
    return this;
  }

  /** Expects that a handler halted and found an error code. */
  Guest expectFault(int vector, int errorCode) {
    expectVector(vector);
    assertEquals(errorCode, (int) frame(0), () -> "%x".formatted(frame(0)));
    return this;
  }

  /** The n-th item on the stack, in the width of the guest. */
  long frame(int n) {
    return stack(n, bits / 8);
  }

  /** The n-th item on the stack. */
  long stack(int n, int width) {
    Segment ss = state.segments[CpuState.SS];
    long at = (bits == 64 ? 0 : ss.base) + state.gpr[CpuState.RSP] + (long) n * width;
    return switch (width) {
      case 2 -> memory().read16(at) & 0xffff;
      case 4 -> memory().read32(at) & 0xffffffffL;
      default -> memory().read64(at);
    };
  }

  int selector(int register) {
    return state.segments[register].selector;
  }

  /** The type of a descriptor of the GDT, its low five bits of access. */
  int type(int selector) {
    return memory().read8(GDT + selector + 5) & 0x1f;
  }

  @Override
  public void close() {
    vm.close();
  }
}
