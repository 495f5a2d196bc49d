package org.jvmm.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.jvmm.testkit.asm.Reg.AL;
import static org.jvmm.testkit.asm.Reg.AX;
import static org.jvmm.testkit.asm.Reg.CL;
import static org.jvmm.testkit.asm.Reg.CX;
import static org.jvmm.testkit.asm.Reg.DI;
import static org.jvmm.testkit.asm.Reg.DX;
import static org.jvmm.testkit.asm.Reg.EAX;
import static org.jvmm.testkit.asm.Reg.EBX;
import static org.jvmm.testkit.asm.Reg.ECX;
import static org.jvmm.testkit.asm.Reg.EDX;
import static org.jvmm.testkit.asm.Reg.RAX;
import static org.jvmm.testkit.asm.Reg.RBX;
import static org.jvmm.testkit.asm.Reg.SI;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.DebugRegisters;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.irq.InterruptSource;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.mem.RamBlock;
import org.jvmm.core.mem.RawMemory;
import org.jvmm.testkit.asm.Asm;
import org.jvmm.testkit.asm.Cond;
import org.jvmm.testkit.asm.Cr;
import org.jvmm.testkit.asm.Label;
import org.jvmm.testkit.asm.Mem;
import org.jvmm.testkit.asm.Reg;
import org.jvmm.testkit.asm.Seg;

/**
 * What every accelerator must do, each test with one tiny guest. A subclass names the accelerator,
 * and skips where it cannot run.
 */
@Timeout(30)
public abstract class AcceleratorContract extends AcceleratorStateContract {
  private static final int ROM = 0xc_0000;

  /** Skips, with the reason, where INT3 cannot be made the debugger's. */
  protected void assumeSoftwareBreakpoints() {}

  /** Skips, with the reason, where the host's CPU has no debug registers for guests. */
  protected void assumeHardwareBreakpoints() {}

  // Ports

  @Test
  void portAccessesOfEachWidthExitWithTheirDataAndTakeTheReply() {
    try (TinyVm vm = tinyVm()) {
      Asm a = Asm.bits(16).mov(DX, PORT);
      for (Reg accumulator : List.of(AL, AX, EAX)) {
        a.inDx(accumulator).outDx(accumulator);
      }
      vm.load(a);
      for (int size = 1; size <= 4; size *= 2) {
        long value = 0x8182_8384L >>> (32 - 8 * size);
        VcpuExit in = expect(vm.run(), ExitReason.IO_IN);
        assertEquals(PORT, in.port());
        assertEquals(size, in.size());
        assertEquals(1, in.count());
        in.reply(0, value);
        assertEquals(size, expectOut(vm.run(), PORT, value).size());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void repOutsDeliversEachItemInOrder(int size) {
    try (TinyVm vm = tinyVm()) {
      List<Long> expected = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        int value = 0x1020_3040 + i * 0x0101_0101;
        vm.memory().write32(DATA + i * size, value);
        expected.add(value & 0xffff_ffffL >>> (32 - 8 * size));
      }
      vm.load(
          Asm.bits(16)
              .cld()
              .mov(SI, DATA)
              .mov(CX, 5)
              .mov(DX, PORT)
              .rep()
              .outs(8 * size)
              .out(1, AL));
      List<Long> items = new ArrayList<>();
      VcpuExit exit = expect(vm.run(), ExitReason.IO_OUT);
      while (exit.port() == PORT) {
        assertEquals(size, exit.size());
        for (int i = 0; i < exit.count(); i++) {
          items.add(exit.data(i));
        }
        exit = expect(vm.run(), ExitReason.IO_OUT);
      }
      assertEquals(expected, items);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void repInsStoresEachReplyInOrder(int size) {
    try (TinyVm vm = tinyVm()) {
      vm.load(
          Asm.bits(16).cld().mov(DI, DATA).mov(CX, 5).mov(DX, PORT).rep().ins(8 * size).out(1, AL));
      int next = 0;
      VcpuExit exit = expect(vm.run(), ExitReason.IO_IN);
      while (exit.reason() == ExitReason.IO_IN) {
        for (int i = 0; i < exit.count(); i++) {
          exit.reply(i, 0x81 + next++);
        }
        exit = vm.run();
      }
      assertEquals(5, next);
      for (int i = 0; i < 5; i++) {
        assertEquals(0x81 + i, vm.memory().read8(DATA + i * size));
      }
    }
  }

  // Memory-mapped I/O

  @Test
  void mmioReadsOfOneToEightBytesTakeTheReply() {
    try (TinyVm vm = tinyVm()) {
      Asm a = Asm.bits(64).mov(RBX, HIGH_HOLE + 8);
      for (Reg target : List.of(AL, AX, EAX, RAX)) {
        a.xor(RAX, RAX).mov(target, Mem.at(RBX)).mov(Mem.at(DATA), RAX).out(1, AL);
      }
      vm.loadLong(a);
      for (int size = 1; size <= 8; size *= 2) {
        long value = 0x8182_8384_8586_8788L >>> (64 - 8 * size);
        VcpuExit read = expect(vm.run(), ExitReason.MMIO_READ);
        assertEquals(HIGH_HOLE + 8, read.address());
        assertEquals(size, read.size());
        read.reply(0, value);
        expect(vm.run(), ExitReason.IO_OUT);
        assertEquals(value, vm.memory().read64(DATA));
      }
    }
  }

  @Test
  void mmioWritesOfOneToEightBytesCarryTheirData() {
    try (TinyVm vm = tinyVm()) {
      Asm a = Asm.bits(64).mov(RBX, HIGH_HOLE + 8).mov(RAX, 0x8182_8384_8586_8788L);
      for (Reg source : List.of(AL, AX, EAX, RAX)) {
        a.mov(Mem.at(RBX), source);
      }
      vm.loadLong(a);
      for (int size = 1; size <= 8; size *= 2) {
        VcpuExit write = expect(vm.run(), ExitReason.MMIO_WRITE);
        assertEquals(HIGH_HOLE + 8, write.address());
        assertEquals(size, write.size());
        assertEquals(0x8182_8384_8586_8788L & -1L >>> (64 - 8 * size), write.data(0));
      }
    }
  }

  @Test
  void anMmioAccessAcrossPagesArrivesInPiecesThatStayInTheirPages() {
    try (TinyVm vm = tinyVm()) {
      long address = HIGH_HOLE + 0xffd;
      vm.loadLong(
          Asm.bits(64)
              .mov(RBX, address)
              .mov(RAX, 0x8182_8384_8586_8788L)
              .mov(Mem.at(RBX), RAX)
              .mov(RAX, Mem.at(RBX))
              .mov(Mem.at(DATA), RAX)
              .out(1, AL));
      byte[] device = new byte[8];
      for (VcpuExit exit = vm.run(); exit.reason() != ExitReason.IO_OUT; exit = vm.run()) {
        int offset = (int) (exit.address() - address);
        long last = exit.address() + exit.size() - 1;
        assertEquals(exit.address() >> 12, last >> 12, "one page");
        if (exit.reason() == ExitReason.MMIO_WRITE) {
          for (int i = 0; i < exit.size(); i++) {
            device[offset + i] = (byte) (exit.data(0) >>> (8 * i));
          }
        } else {
          expect(exit, ExitReason.MMIO_READ);
          long value = 0;
          for (int i = 0; i < exit.size(); i++) {
            value |= (device[offset + i] & 0xffL) << (8 * i);
          }
          exit.reply(0, value);
        }
      }
      assertEquals(
          0x8182_8384_8586_8788L, ByteBuffer.wrap(device).order(ByteOrder.LITTLE_ENDIAN).getLong());
      assertEquals(0x8182_8384_8586_8788L, vm.memory().read64(DATA));
    }
  }

  @Test
  void aWriteToRomExitsAndChangesNothing() {
    try (TinyVm vm = tinyVm()) {
      RamBlock block = RamAllocator.HEAP.allocate("rom", 0x1000);
      RawMemory.putInt(block.address(), 0x1234_5678);
      vm.map().map(new MemorySlot("rom", ROM, 0x1000, block, 0, false));
      vm.load(
          Asm.bits(16)
              .mov(AX, ROM >> 4)
              .mov(Seg.DS, AX)
              .mov(EAX, Mem.at(0))
              .mov(DX, PORT)
              .outDx(EAX)
              .mov(Mem.at(2), CL)
              .mov(EAX, Mem.at(0))
              .outDx(EAX));
      expectOut(vm.run(), PORT, 0x1234_5678);
      VcpuExit write = expect(vm.run(), ExitReason.MMIO_WRITE);
      assertEquals(ROM + 2, write.address());
      assertEquals(1, write.size());
      expectOut(vm.run(), PORT, 0x1234_5678);
    }
  }

  // Interrupts

  /** Drives vector 0x24 of vCPU 0, by IRQ 4 or by an interrupt source. */
  private static final class Interrupt implements InterruptSource {
    static final int VECTOR = 0x24;
    private final Vcpu vcpu;
    private final IrqLine line;
    private volatile boolean pending;

    Interrupt(TinyVm vm) {
      vcpu = vm.vcpu();
      line = vm.vm().irqchip() == IrqchipMode.KERNEL ? vm.vm().irqLine(4) : null;
      if (line == null) {
        vcpu.connect(this);
      }
    }

    /** Lets the 8259 deliver IRQ 4 as the vector, if there is one. */
    void prepare(Asm a) {
      if (line != null) {
        a.mov(AL, 0x11).out(0x20, AL);
        for (int icw : new int[] {VECTOR - 4, 4, 1, ~(1 << 4) & 0xff}) {
          a.mov(AL, icw).out(0x21, AL);
        }
      }
    }

    void raise() {
      if (line != null) {
        line.pulse();
      } else {
        pending = true;
        vcpu.interruptPending();
      }
    }

    @Override
    public boolean pending() {
      return pending;
    }

    @Override
    public int acknowledge() {
      pending = false;
      return VECTOR;
    }
  }

  /** Code that handles a vector with an OUT of its number, placed at {@link #DATA}. */
  private static void handle(TinyVm vm, int vector) {
    vm.memory().write32(4L * vector, DATA);
    vm.memory()
        .copyIn(DATA, Asm.bits(16).mov(AL, vector).mov(DX, PORT).outDx(AL).iret().assemble());
  }

  @Test
  void anInterruptEndsHlt() throws InterruptedException {
    try (TinyVm vm = tinyVm()) {
      Interrupt interrupt = new Interrupt(vm);
      Asm a = Asm.bits(16);
      interrupt.prepare(a);
      vm.load(a.out(1, AL).sti().hlt().mov(AL, 7).out(2, AL));
      handle(vm, Interrupt.VECTOR);
      expect(vm.run(), ExitReason.IO_OUT);
      Thread raiser = new Thread(interrupt::raise);
      VcpuExit exit;
      if (irqchip() == IrqchipMode.USER) {
        expect(vm.run(), ExitReason.HALTED);
        raiser.start();
        raiser.join();
      } else {
        raiser.start();
      }
      do {
        exit = vm.run();
      } while (exit.reason() == ExitReason.INTERRUPTED);
      expectOut(exit, PORT, Interrupt.VECTOR);
      expectOut(vm.run(), 2, 7);
      raiser.join();
    }
  }

  @Test
  void anInterruptWaitsUntilTheGuestAllowsIt() {
    try (TinyVm vm = tinyVm()) {
      Interrupt interrupt = new Interrupt(vm);
      Asm a = Asm.bits(16);
      interrupt.prepare(a);
      a.cli().mov(AL, 1).out(1, AL).out(2, AL).sti();
      Label forever = a.here();
      vm.load(a.jmp(forever));
      handle(vm, Interrupt.VECTOR);
      expectOut(vm.run(), 1, 1);
      interrupt.raise();
      expectOut(vm.run(), 2, 1);
      expectOut(vm.run(), PORT, Interrupt.VECTOR);
    }
  }

  @Test
  void anNmiIsTakenThoughInterruptsAreOff() {
    try (TinyVm vm = tinyVm()) {
      vm.load(Asm.bits(16).cli().out(1, AL).nop().mov(AL, 9).out(2, AL));
      handle(vm, 2);
      expect(vm.run(), ExitReason.IO_OUT);
      vm.vcpu().nmi();
      expectOut(vm.run(), PORT, 2);
      expectOut(vm.run(), 2, 9);
    }
  }

  // CPUID and MSRs

  @Test
  void cpuidTellsAVendorAFpuAndTheApicId() {
    try (TinyVm vm = tinyVm()) {
      Asm a = Asm.bits(16).xor(EAX, EAX).cpuid();
      for (Reg source : List.of(EBX, EDX, ECX)) {
        a.mov(EAX, source).out(1, EAX);
      }
      a.mov(EAX, 1).cpuid().mov(EAX, EBX).out(2, EAX).mov(EAX, EDX).out(3, EAX);
      vm.load(a);
      ByteBuffer vendor = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < 3; i++) {
        vendor.putInt((int) expect(vm.run(), ExitReason.IO_OUT).data(0));
      }
      String name = new String(vendor.array(), StandardCharsets.US_ASCII);
      assertTrue(name.matches("[A-Za-z! ]{12}"), name);
      assertEquals(0, expect(vm.run(), ExitReason.IO_OUT).data(0) >> 24, "APIC id");
      assertEquals(1, expect(vm.run(), ExitReason.IO_OUT).data(0) & 1, "FPU");
    }
  }

  @Test
  void anMsrKeepsWhatIsWrittenAndAnUnknownOneFaults() {
    int sysenterEip = 0x176;
    int unknown = 0x1234_5678;
    try (TinyVm vm = tinyVm()) {
      vm.load(
          Asm.bits(16)
              .mov(ECX, sysenterEip)
              .mov(EAX, 0x5544_3322)
              .xor(EDX, EDX)
              .wrmsr()
              .xor(EAX, EAX)
              .rdmsr()
              .out(1, EAX)
              .mov(ECX, unknown)
              .rdmsr()
              .out(2, EAX));
      handle(vm, 13);
      expectOut(vm.run(), 1, 0x5544_3322);
      expectOut(vm.run(), PORT, 13);
    }
  }

  // Modes

  @Test
  void restoredLongModeStateRuns64BitCode() {
    try (TinyVm vm = tinyVm()) {
      vm.loadLong(Asm.bits(64).mov(RAX, 0x1234_5678_9abc_def0L).shr(RAX, 16).out(1, EAX));
      expectOut(vm.run(), 1, 0x5678_9abcL);
    }
  }

  @Test
  void restoredProtectedModeStateRuns32BitCode() {
    try (TinyVm vm = tinyVm()) {
      vm.load(Asm.bits(32).mov(EAX, 0x1234_5678).out(1, EAX).mov(Mem.at(DATA), EAX).out(2, AL));
      CpuState state = vm.state();
      state.cr0 |= 1;
      for (int i = CpuState.ES; i <= CpuState.GS; i++) {
        boolean code = i == CpuState.CS;
        state.segments[i].set(code ? 8 : 16, 0, -1, code ? 0xc9b : 0xc93, false);
      }
      vm.vcpu().restore(state, TinyVm.ALL);
      expectOut(vm.run(), 1, 0x1234_5678);
      expect(vm.run(), ExitReason.IO_OUT);
      assertEquals(0x1234_5678, vm.memory().read32(DATA));
    }
  }

  @Test
  void aGuestReachesProtectedAndLongModeByItself() {
    try (TinyVm vm = tinyVm()) {
      Asm a = Asm.bits(16).org(TinyVm.CODE);
      Label gdt = a.label("gdt");
      Label gdtr = a.label("gdtr");
      Label flat = a.label("flat");
      Label wide = a.label("wide");
      a.cli().lgdt32(Mem.at(gdtr)).mov(EAX, Cr.CR0).or(EAX, 1).mov(Cr.CR0, EAX);
      a.jmpFar(8, flat, 32).bind(flat).use(32);
      a.mov(AX, 16).mov(Seg.DS, AX).mov(Seg.SS, AX).mov(EAX, 32).out(1, EAX);
      a.mov(EAX, Cr.CR4).or(EAX, 1 << 5).mov(Cr.CR4, EAX);
      a.mov(EAX, TinyVm.PAGE_TABLES).mov(Cr.CR3, EAX);
      a.mov(ECX, 0xc000_0080).rdmsr().or(EAX, 1 << 8).wrmsr();
      a.mov(EAX, Cr.CR0).or(EAX, 1 << 31).mov(Cr.CR0, EAX);
      a.jmpFar(24, wide, 32).bind(wide).use(64);
      a.mov(RAX, 0x64_0000_0000L).shr(RAX, 32).out(2, EAX).align(8);
      a.bind(gdt).dq(0, 0x00cf_9b00_0000_ffffL, 0x00cf_9300_0000_ffffL, 0x00af_9b00_0000_ffffL);
      a.bind(gdtr).dw(31).dd(gdt);
      vm.load(a);
      TinyVm.mapFirst4GiB(vm.memory());
      expectOut(vm.run(), 1, 32);
      expectOut(vm.run(), 2, 0x64);
      assertEquals(0x500, vm.state().efer & 0x500, "LME and LMA");
    }
  }

  @Test
  void aTripleFaultIsAShutdown() {
    try (TinyVm vm = tinyVm()) {
      vm.loadLong(Asm.bits(64).ud2());
      CpuState state = vm.state();
      state.idtLimit = 0;
      vm.vcpu().restore(state, TinyVm.ALL);
      expect(vm.run(), ExitReason.SHUTDOWN);
    }
  }

  // Dirty log

  @Test
  void theDirtyLogNamesThePagesWrittenAndForgetsThemWhenTaken() {
    try (TinyVm vm = tinyVm()) {
      vm.load(
          Asm.bits(16)
              .mov(Mem.at(0x5000), AX)
              .mov(Mem.at(0x9abc), AX)
              .out(1, AL)
              .mov(Mem.at(0x6000), AX)
              .out(2, AL));
      vm.vm().logDirty(vm.ram(), true);
      expect(vm.run(), ExitReason.IO_OUT);
      long first = dirty(vm);
      // More than was written may be named, as pages of code when they are first mapped.
      assertEquals(
          PAGES_5_AND_9, first & (PAGES_5_AND_9 | UNTOUCHED), () -> Long.toHexString(first));
      expect(vm.run(), ExitReason.IO_OUT);
      long second = dirty(vm);
      assertEquals(PAGE_6, second & (PAGES_5_AND_9 | PAGE_6), () -> Long.toHexString(second));
      vm.vm().logDirty(vm.ram(), false);
    }
  }

  private static final long PAGES_5_AND_9 = 1 << 5 | 1 << 9;
  private static final long PAGE_6 = 1 << 6;
  private static final long UNTOUCHED = 1 << 6 | 1 << 7 | 1L << 32;

  /** The first word of the log of RAM. */
  private static long dirty(TinyVm vm) {
    long[] bitmap = new long[TinyVm.RAM >> 18];
    vm.vm().takeDirty(vm.ram(), bitmap);
    return bitmap[0];
  }

  // Kick

  @Test
  void aKickBeforeRunInterruptsTheNextRunOnce() {
    try (TinyVm vm = tinyVm()) {
      vm.load(Asm.bits(16).mov(AL, 5).out(1, AL));
      vm.vcpu().kick();
      vm.vcpu().kick();
      expect(vm.run(), ExitReason.INTERRUPTED);
      expectOut(vm.run(), 1, 5);
    }
  }

  @Test
  void aKickEndsARunThatWouldNeverEnd() throws InterruptedException {
    try (TinyVm vm = tinyVm()) {
      Asm a = Asm.bits(16).out(1, AL);
      Label forever = a.here();
      vm.load(a.inc(Mem.at(DATA).dword()).jmp(forever));
      expect(vm.run(), ExitReason.IO_OUT);
      Thread kicker =
          new Thread(
              () -> {
                while (vm.memory().read32(DATA) == 0) {
                  Thread.onSpinWait();
                }
                vm.vcpu().kick();
              });
      kicker.start();
      expect(vm.run(), ExitReason.INTERRUPTED);
      kicker.join();
    }
  }

  @Test
  void noKickOfAHaltedVcpuIsLost() throws InterruptedException {
    int kicks = 2_000;
    try (TinyVm vm = tinyVm().load(Asm.bits(16).cli().hlt())) {
      Semaphore wanted = new Semaphore(0);
      Thread kicker =
          new Thread(
              () -> {
                for (int i = 0; i < kicks; i++) {
                  wanted.acquireUninterruptibly();
                  vm.vcpu().kick();
                }
              });
      kicker.start();
      for (int i = 0; i < kicks; i++) {
        wanted.release();
        long limit = System.nanoTime() + 20_000_000_000L;
        VcpuExit exit = vm.run();
        while (exit.reason() == ExitReason.HALTED) {
          assertTrue(System.nanoTime() < limit, "kick " + i + " is lost");
          exit = vm.run();
        }
        expect(exit, ExitReason.INTERRUPTED);
      }
      kicker.join();
    }
  }

  @Test
  void noKickIsLostHoweverItRacesWithExits() throws InterruptedException {
    int rounds = 500;
    try (TinyVm vm = tinyVm()) {
      Asm a = Asm.bits(16);
      Label forever = a.here();
      vm.load(a.out(1, AL).jmp(forever));
      for (int i = 0; i < rounds; i++) {
        Thread kicker = new Thread(vm.vcpu()::kick);
        kicker.start();
        VcpuExit exit = vm.run();
        while (exit.reason() != ExitReason.INTERRUPTED) {
          expect(exit, ExitReason.IO_OUT);
          exit = vm.run();
        }
        kicker.join();
      }
    }
  }

  @Test
  void anInterruptedVcpuHasTakenTheReplyOfItsLastExit() {
    try (TinyVm vm = tinyVm()) {
      vm.load(Asm.bits(16).mov(DX, PORT).inDx(AL).out(1, AL));
      expect(vm.run(), ExitReason.IO_IN).reply(0, 0x77);
      vm.vcpu().kick();
      expect(vm.run(), ExitReason.INTERRUPTED);
      CpuState state = vm.state();
      assertEquals(0x77, state.gpr[CpuState.RAX] & 0xff);
      assertEquals(TinyVm.CODE + 4, state.rip);
    }
  }

  // Debug

  @Test
  void singleStepExitsAfterEachInstruction() {
    try (TinyVm vm = tinyVm()) {
      vm.loadLong(Asm.bits(64).nop().mov(RBX, 1).mov(RAX, RBX).nop());
      vm.vcpu().debug(true, false, null);
      for (int next : new int[] {1, 8, 11}) {
        VcpuExit exit = expect(vm.run(), ExitReason.DEBUG);
        assertEquals(1, exit.debugException());
        assertEquals(TinyVm.CODE + next, exit.debugRip());
        assertEquals(1 << 14, exit.debugDr6() & 1 << 14, "DR6.BS");
      }
      assertEquals(1, vm.state().gpr[CpuState.RAX]);
    }
  }

  @Test
  void aHardwareBreakpointExitsBeforeItsInstruction() {
    assumeHardwareBreakpoints();
    try (TinyVm vm = tinyVm()) {
      vm.loadLong(Asm.bits(64).nop().nop().mov(RAX, 1).out(1, AL));
      vm.vcpu().debug(false, false, new DebugRegisters(TinyVm.CODE + 2, 0, 0, 0, 0x402));
      VcpuExit exit = expect(vm.run(), ExitReason.DEBUG);
      assertEquals(1, exit.debugException());
      assertEquals(TinyVm.CODE + 2, exit.debugRip());
      assertEquals(1, exit.debugDr6() & 15);
      vm.vcpu().debug(false, false, null);
      expectOut(vm.run(), 1, 1);
    }
  }

  @Test
  void int3IsTheDebuggersWhileItWantsItAndTheGuestsOtherwise() {
    assumeSoftwareBreakpoints();
    try (TinyVm vm = tinyVm()) {
      vm.load(Asm.bits(16).nop().int3().nop());
      handle(vm, 3);
      vm.vcpu().debug(false, true, null);
      VcpuExit exit = expect(vm.run(), ExitReason.DEBUG);
      assertEquals(3, exit.debugException());
      assertEquals(TinyVm.CODE + 1, exit.debugRip());
      vm.vcpu().debug(false, false, null);
      expectOut(vm.run(), PORT, 3);
    }
  }

  // Several vCPUs, several VMs

  @Test
  void twoVcpusRunSideBySide() throws InterruptedException {
    try (TinyVm vm = new TinyVm(accelerator(), irqchip(), 2)) {
      Asm wait = Asm.bits(16);
      Label again = wait.here();
      wait.cmp(Mem.at(DATA).byte_(), 0).jcc(Cond.E, again).out(1, AL);
      vm.load(wait);
      vm.memory().copyIn(0x2000, Asm.bits(16).mov(Mem.at(DATA).byte_(), 1).out(2, AL).assemble());
      TinyVm.startReal(vm.vcpu(1), 0x2000);
      Thread other =
          new Thread(() -> assertEquals(2, expect(vm.vcpu(1).run(), ExitReason.IO_OUT).port()));
      other.start();
      assertEquals(1, expect(vm.run(), ExitReason.IO_OUT).port());
      other.join();
    }
  }

  @Test
  void anApplicationProcessorStartsWhereTheStartupIpiSays() throws InterruptedException {
    try (TinyVm vm = new TinyVm(accelerator(), irqchip(), 2)) {
      vm.memory().copyIn(0x2000, Asm.bits(16).mov(AX, Seg.CS).mov(DX, PORT).outDx(AX).assemble());
      Vcpu second = vm.vcpu(1);
      CpuState before = new CpuState();
      second.save(before, TinyVm.ALL);
      assertTrue(
          before.activity == CpuState.Activity.UNINITIALIZED
              || before.activity == CpuState.Activity.WAIT_FOR_SIPI);
      second.init();
      second.startup(2);
      VcpuExit exit = TinyVm.run(second);
      while (exit.reason() == ExitReason.INTERRUPTED) {
        exit = TinyVm.run(second);
      }
      expectOut(exit, PORT, 0x200);
    }
  }

  @Test
  void twoVmsInOneProcessKeepToThemselves() {
    try (TinyVm first = tinyVm();
        TinyVm second = tinyVm()) {
      for (TinyVm vm : List.of(first, second)) {
        vm.load(Asm.bits(16).mov(DX, PORT).inDx(AX).mov(Mem.at(DATA), AX).out(1, AL));
      }
      expect(first.run(), ExitReason.IO_IN).reply(0, 0x1111);
      expect(second.run(), ExitReason.IO_IN).reply(0, 0x2222);
      expect(first.run(), ExitReason.IO_OUT);
      expect(second.run(), ExitReason.IO_OUT);
      assertEquals(0x1111, first.memory().read16(DATA));
      assertEquals(0x2222, second.memory().read16(DATA));
    }
  }
}
