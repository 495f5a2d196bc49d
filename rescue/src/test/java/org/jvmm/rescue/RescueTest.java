package org.jvmm.rescue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.jvmm.testkit.asm.Reg.AL;
import static org.jvmm.testkit.asm.Reg.EAX;
import static org.jvmm.testkit.asm.Reg.ECX;
import static org.jvmm.testkit.asm.Reg.EDI;
import static org.jvmm.testkit.asm.Reg.RAX;
import static org.jvmm.testkit.asm.Reg.RBX;
import static org.jvmm.testkit.asm.Reg.RCX;
import static org.jvmm.testkit.asm.Reg.RDX;
import static org.jvmm.testkit.asm.Reg.RSI;
import static org.jvmm.testkit.asm.Reg.RSP;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.accel.Availability;
import org.jvmm.core.accel.ConfigException;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.accel.VirtualMachine;
import org.jvmm.core.accel.VmConfig;
import org.jvmm.core.run.FailureReport;
import org.jvmm.kvm.KvmAccelerator;
import org.jvmm.testkit.TinyVm;
import org.jvmm.testkit.asm.Asm;
import org.jvmm.testkit.asm.Cond;
import org.jvmm.testkit.asm.Cr;
import org.jvmm.testkit.asm.Label;
import org.jvmm.testkit.asm.Mem;

/**
 * Guests of a few instructions among which is one that KVM refuses: packed integer arithmetic with
 * an operand at a device on any KVM, and with any operand on one that emulates all instructions.
 */
@Timeout(30)
class RescueTest {
  private static final int DATA = 0x2000, HANDLER = 0x3000, GDT = 0x4000, IDT = 0x5000;
  private static final long DEVICE = 0xd000_0000L, NOWHERE = 0x1_4000_0000L;
  private static final long APIC = 0xfee0_0000L;
  private static final int INVALID_OPCODE = 6, PAGE_FAULT = 14, VECTOR = 0x41;

  private static Availability kvm;

  @BeforeAll
  static void kvmIsUsable() {
    kvm = new KvmAccelerator().availability();
    assumeTrue(kvm.usable(), kvm::why);
  }

  private static void assumeEmulator() {
    assumeFalse(kvm.hardware(), "this KVM's CPU executes the instruction");
  }

  /** The accelerator with options. */
  private static Accelerator with(Map<String, String> options) {
    Accelerator rescue = new RescueAccelerator(new KvmAccelerator());
    return new Accelerator() {
      @Override
      public String name() {
        return rescue.name();
      }

      @Override
      public Availability availability() {
        return rescue.availability();
      }

      @Override
      public VirtualMachine createVm(VmConfig c) {
        Map<String, String> all = new HashMap<>(c.options());
        all.putAll(options);
        return rescue.createVm(
            new VmConfig(c.vcpus(), c.cpu(), c.irqchip(), c.memory(), c.clock(), all));
      }
    };
  }

  private static TinyVm vm(String mode) {
    return new TinyVm(with(Map.of("rescue", mode)), IrqchipMode.KERNEL, 1);
  }

  private static RescueStats stats(TinyVm vm) {
    return vm.vm().capability(RescueStats.class).orElseThrow();
  }

  /** PADDD XMM0, [RBX]. */
  private static Asm paddd(Asm a) {
    return a.db(0x66, 0x0f, 0xfe, 0x03);
  }

  /** PEXTRQ [RBX], XMM0, 0. */
  private static Asm pextrq(Asm a) {
    return a.db(0x66, 0x48, 0x0f, 0x3a, 0x16, 0x03, 0);
  }

  private static void expectOut(VcpuExit exit, int port) {
    assertEquals(ExitReason.IO_OUT, exit.reason(), exit::detail);
    assertEquals(port, exit.port());
  }

  /** Gives the guest of {@link TinyVm#loadLong} tables, and one handler. */
  private static void handle(TinyVm vm, int vector, Asm handler) {
    vm.memory().copyIn(HANDLER, handler.assemble());
    vm.memory().write64(IDT + 16 * vector, 0x0000_8e00_0008_0000L | HANDLER);
    vm.memory().write64(GDT + 8, 0x00af_9b00_0000_ffffL);
    vm.memory().write64(GDT + 16, 0x00cf_9300_0000_ffffL);
    CpuState state = vm.state(CpuState.Part.SYSTEM);
    state.idtBase = IDT;
    state.idtLimit = 0xfff;
    state.gdtBase = GDT;
    state.gdtLimit = 0x1f;
    vm.vcpu().restore(state, Set.of(CpuState.Part.SYSTEM));
  }

  @Test
  void aDeviceOperandOfARefusedInstructionReachesTheMachine() {
    try (TinyVm vm = vm("on")) {
      Asm a = Asm.bits(64).mov(RBX, DATA).movdqu(0, Mem.at(RBX)).mov(RBX, DEVICE);
      paddd(a).mov(RBX, DATA).movdqu(Mem.at(RBX).disp(16), 0).out(1, AL);
      vm.memory().write64(DATA, 0x0000_0002_0000_0001L);
      vm.memory().write64(DATA + 8, 0x0000_0004_0000_0003L);
      vm.loadLong(a);
      for (int i = 0; i < 2; i++) {
        VcpuExit read = vm.run();
        assertEquals(ExitReason.MMIO_READ, read.reason(), read::detail);
        assertEquals(DEVICE + 8 * i, read.address());
        assertEquals(8, read.size());
        read.reply(0, 0x0000_0200_0000_0100L << 4 * i);
      }
      expectOut(vm.run(), 1);
      assertEquals(0x0000_0202_0000_0101L, vm.memory().read64(DATA + 16));
      assertEquals(0x0000_2004_0000_1003L, vm.memory().read64(DATA + 24));
      assertEquals(1, stats(vm).refusals("paddd"));
      assertTrue(stats(vm).table().contains("refused paddd"));
    }
  }

  @Test
  void aRefusedStoreToADeviceReachesTheMachine() {
    try (TinyVm vm = vm("on")) {
      vm.memory().write64(DATA, 0x1122_3344_5566_7788L);
      Asm a = Asm.bits(64).mov(RBX, DATA).movdqu(0, Mem.at(RBX)).mov(RBX, DEVICE);
      vm.loadLong(pextrq(a).out(1, AL));
      VcpuExit write = vm.run();
      assertEquals(ExitReason.MMIO_WRITE, write.reason(), write::detail);
      assertEquals(DEVICE, write.address());
      assertEquals(0x1122_3344_5566_7788L, write.data(0));
      expectOut(vm.run(), 1);
    }
  }

  @Test
  void aKickBetweenRefusedAccessesWaitsForTheInstruction() {
    try (TinyVm vm = vm("on")) {
      Asm a = Asm.bits(64).mov(RBX, DEVICE);
      vm.loadLong(paddd(a).out(1, AL));
      int length = a.assemble().length - 2;
      assertEquals(ExitReason.MMIO_READ, vm.run().reason());
      vm.vcpu().kick();
      assertEquals(ExitReason.MMIO_READ, vm.run().reason());
      assertEquals(ExitReason.INTERRUPTED, vm.run().reason());
      assertEquals(TinyVm.CODE + length, vm.state(CpuState.Part.GENERAL).rip);
      expectOut(vm.run(), 1);
    }
  }

  @Test
  void aPageFaultInARescueIsTheGuests() {
    try (TinyVm vm = vm("on")) {
      assumeEmulator();
      vm.loadLong(paddd(Asm.bits(64).mov(RBX, NOWHERE)).out(1, AL));
      Asm handler = Asm.bits(64).mov(RAX, Cr.CR2).mov(RBX, Mem.at(RSP).disp(8)).out(2, AL);
      handle(vm, PAGE_FAULT, handler.mov(RBX, DATA).mov(Mem.at(RSP).disp(8), RBX));
      expectOut(vm.run(), 2);
      CpuState state = vm.state(CpuState.Part.GENERAL);
      assertEquals(NOWHERE, state.gpr[CpuState.RAX]);
      assertEquals(TinyVm.CODE + 10, state.gpr[CpuState.RBX], "the frame's RIP");
    }
  }

  @Test
  void aLoopWithARefusedInstructionPaysForFewRounds() {
    try (TinyVm vm = vm("on")) {
      assumeEmulator();
      Asm a = Asm.bits(64).mov(RBX, DATA).mov(ECX, 5_000);
      Label again = a.here();
      paddd(a).dec(ECX).jcc(Cond.NE, again);
      vm.memory().write64(DATA, 1);
      vm.loadLong(a.movdqu(Mem.at(RBX), 0).out(1, AL));
      expectOut(vm.run(), 1);
      assertEquals(5_000, vm.memory().read64(DATA));
      assertTrue(stats(vm).refusals() < 100, () -> "refusals: " + stats(vm).refusals());
      assertTrue(stats(vm).instructions() > 10_000);
    }
  }

  @Test
  void codeThatTheAcceleratorChangesIsSeenByTheNextRescue() {
    try (TinyVm vm = vm("on")) {
      assumeEmulator();
      vm.memory().write64(DATA, 5);
      Asm a = Asm.bits(64).mov(RBX, DATA).mov(RSI, TinyVm.CODE).mov(EAX, 0xfa); // PSUBD
      Label again = a.here();
      int opcode = a.assemble().length + 2;
      paddd(a).movdqu(Mem.at(RBX).disp(16), 0).out(1, AL).mov(Mem.at(RSI).disp(opcode), AL);
      vm.loadLong(a.jmp(again));
      expectOut(vm.run(), 1);
      assertEquals(5, vm.memory().read64(DATA + 16));
      vm.memory().write64(DATA, 7);
      expectOut(vm.run(), 1);
      assertEquals(5 - 7 & 0xffff_ffffL, vm.memory().read64(DATA + 16));
    }
  }

  @Test
  void anInterruptReachesAGuestThatIsRescuedAllTheTime() {
    try (TinyVm vm = vm("on")) {
      assumeEmulator();
      Asm a = Asm.bits(64).mov(RBX, APIC).mov(EAX, 0x1ff);
      a.mov(Mem.at(RBX).disp(0xf0), EAX).mov(RBX, DATA).out(1, AL).sti();
      Label forever = a.here();
      vm.loadLong(paddd(a).jmp(forever));
      handle(vm, VECTOR, Asm.bits(64).out(2, AL));
      expectOut(vm.run(), 1);
      vm.vm().msi().send(APIC, VECTOR);
      expectOut(vm.run(), 2);
    }
  }

  @Test
  void aRefusedInstructionInTheShadowOfStiComesBeforeTheInterrupt() {
    try (TinyVm vm = vm("on")) {
      assumeEmulator();
      Asm a = Asm.bits(64).mov(RBX, APIC).mov(EAX, 0x1ff);
      a.mov(Mem.at(RBX).disp(0xf0), EAX).mov(RBX, DATA).out(1, AL).sti();
      paddd(a);
      int after = a.assemble().length;
      vm.loadLong(a.out(3, AL));
      handle(vm, VECTOR, Asm.bits(64).mov(RAX, Mem.at(RSP)).out(2, AL));
      expectOut(vm.run(), 1);
      vm.vm().msi().send(APIC, VECTOR);
      expectOut(vm.run(), 2);
      assertEquals(TinyVm.CODE + after, vm.state(CpuState.Part.GENERAL).gpr[CpuState.RAX]);
    }
  }

  @Test
  void aRescuedStoreIsInTheDirtyLog() {
    try (TinyVm vm = vm("on")) {
      assumeEmulator();
      vm.vm().logDirty(vm.ram(), true);
      vm.loadLong(pextrq(Asm.bits(64).mov(RBX, 0x2_3000)).out(1, AL));
      vm.vm().takeDirty(vm.ram(), new long[2]);
      expectOut(vm.run(), 1);
      long[] dirty = new long[2];
      vm.vm().takeDirty(vm.ram(), dirty);
      assertEquals(1, dirty[0] >>> 0x23 & 1);
      dirty[0] = 0;
      vm.vm().takeDirty(vm.ram(), dirty);
      assertEquals(0, dirty[0] >>> 0x23 & 1, "taken");
    }
  }

  @Test
  void lockedInstructionsOfTwoVcpusLoseNoUpdate() throws InterruptedException {
    assumeEmulator();
    int rounds = 300;
    try (TinyVm vm = new TinyVm(with(Map.of()), IrqchipMode.KERNEL, 2)) {
      Asm a = Asm.bits(64).mov(RSI, DATA).mov(RAX, 0).mov(RDX, 0).mov(EDI, rounds);
      Label again = a.here();
      a.mov(RBX, RAX).add(RBX, 1).mov(RCX, RDX).lock().cmpxchg16b(Mem.at(RSI));
      a.jcc(Cond.NE, again).dec(EDI).jcc(Cond.NE, again);
      vm.loadLong(a.out(1, AL));
      CpuState state = vm.state(CpuState.Part.GENERAL, CpuState.Part.SYSTEM);
      CpuState second = new CpuState();
      vm.vcpu(1).save(second, TinyVm.ALL);
      copy(state, second);
      vm.vcpu(1)
          .restore(
              second, Set.of(CpuState.Part.GENERAL, CpuState.Part.SYSTEM, CpuState.Part.EVENTS));
      Thread other = new Thread(() -> expectOut(TinyVm.run(vm.vcpu(1)), 1), "second vCPU");
      other.start();
      expectOut(vm.run(), 1);
      other.join();
      assertEquals(2 * rounds, vm.memory().read64(DATA));
      assertTrue(stats(vm).standstills() >= 2 * rounds);
    }
  }

  private static void copy(CpuState from, CpuState to) {
    System.arraycopy(from.gpr, 0, to.gpr, 0, 16);
    to.rip = from.rip;
    to.rflags = from.rflags;
    for (int i = 0; i < 8; i++) {
      to.segments[i].set(from.segments[i]);
    }
    to.cr0 = from.cr0;
    to.cr3 = from.cr3;
    to.cr4 = from.cr4;
    to.efer = from.efer;
    to.activity = CpuState.Activity.RUNNING;
  }

  @Test
  void offEndsWithTheFailureAndItsReport() {
    try (TinyVm vm = vm("off")) {
      vm.loadLong(paddd(Asm.bits(64).mov(RBX, DEVICE)).out(1, AL));
      Vcpu vcpu = vm.vcpu();
      VcpuExit exit = vcpu.run();
      assertEquals(ExitReason.EMULATION_FAILURE, exit.reason(), exit::detail);
      String report = vm.vm().capability(FailureReport.class).orElseThrow().describe(vcpu, exit);
      assertTrue(report.contains("emulation failure"), report);
      assertTrue(report.contains("66 0f fe 03"), report);
    }
  }

  @Test
  void injectUdGivesTheGuestAnInvalidOpcode() {
    try (TinyVm vm = vm("inject-ud")) {
      vm.loadLong(paddd(Asm.bits(64).mov(RBX, DEVICE)).out(1, AL));
      handle(vm, INVALID_OPCODE, Asm.bits(64).mov(RAX, Mem.at(RSP)).out(2, AL));
      expectOut(vm.run(), 2);
      assertEquals(TinyVm.CODE + 10, vm.state(CpuState.Part.GENERAL).gpr[CpuState.RAX]);
      assertEquals(1, stats(vm).refusals());
    }
  }

  @Test
  void anInstructionThatTheCpuInJavaLacksToo() {
    try (TinyVm vm = vm("on")) {
      assumeTrue(kvm.hardware(), "an emulator's guests are told of no such instruction");
      Asm a = Asm.bits(64).mov(RBX, DEVICE).db(0xc5, 0xf9, 0xfe, 0x03); // VPADDD
      vm.loadLong(a.out(1, AL));
      VcpuExit exit = vm.run();
      String report =
          vm.vm().capability(FailureReport.class).orElseThrow().describe(vm.vcpu(), exit);
      assertTrue(report.contains("the CPU in Java does not know"), report);
    }
  }

  @Test
  void anotherValueOfTheOptionIsNamed() {
    ConfigException e = assertThrows(ConfigException.class, () -> vm("maybe").close());
    assertEquals("-accel kvm,rescue=maybe: rescue is on, off, inject-ud", e.getMessage());
  }
}
