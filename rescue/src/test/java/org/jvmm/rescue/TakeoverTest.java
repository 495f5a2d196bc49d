package org.jvmm.rescue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.jvmm.testkit.asm.Reg.AL;
import static org.jvmm.testkit.asm.Reg.EAX;
import static org.jvmm.testkit.asm.Reg.EBX;
import static org.jvmm.testkit.asm.Reg.ECX;
import static org.jvmm.testkit.asm.Reg.EDI;
import static org.jvmm.testkit.asm.Reg.EDX;
import static org.jvmm.testkit.asm.Reg.RAX;
import static org.jvmm.testkit.asm.Reg.RBX;
import static org.jvmm.testkit.asm.Reg.RCX;
import static org.jvmm.testkit.asm.Reg.RDX;
import static org.jvmm.testkit.asm.Reg.RSI;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.accel.Availability;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Part;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.irq.InterruptSource;
import org.jvmm.kvm.KvmAccelerator;
import org.jvmm.testkit.TinyVm;
import org.jvmm.testkit.asm.Asm;
import org.jvmm.testkit.asm.Cond;
import org.jvmm.testkit.asm.Label;
import org.jvmm.testkit.asm.Mem;

/** Guests of a KVM that is an emulator: it refuses packed integer arithmetic. */
@Timeout(30)
class TakeoverTest {
  private static final int DATA = 0x2000, HANDLER = 0x3000, GDT = 0x4000, IDT = 0x5000;
  private static final int VECTOR = 0x41;

  @BeforeAll
  static void kvmIsAnEmulator() {
    Availability kvm = new KvmAccelerator().availability();
    assumeTrue(kvm.usable(), kvm::why);
    assumeFalse(kvm.hardware(), "this KVM's CPU executes all instructions");
  }

  private static Accelerator kvm() {
    return new RescueAccelerator(new KvmAccelerator());
  }

  private static TinyVm vm(int vcpus) {
    return new TinyVm(kvm(), IrqchipMode.USER, vcpus);
  }

  private static RescueStats stats(TinyVm vm) {
    return vm.vm().capability(RescueStats.class).orElseThrow();
  }

  /** PADDD XMM0, [RBX]. */
  private static Asm paddd(Asm a) {
    return a.db(0x66, 0x0f, 0xfe, 0x03);
  }

  private static void expectOut(VcpuExit exit, int port) {
    assertEquals(ExitReason.IO_OUT, exit.reason(), exit::detail);
    assertEquals(port, exit.port());
  }

  @Test
  void theInterruptControllersAreTheBoardsUnlessNothingIsRescued() {
    assertEquals(IrqchipMode.USER, kvm().bestIrqchip(Map.of()));
    assertEquals(IrqchipMode.KERNEL, kvm().bestIrqchip(Map.of("rescue", "off")));
  }

  @Test
  void aGuestGoesOnInJavaWithAllItsState() {
    try (TinyVm vm = vm(1)) {
      vm.memory().write64(DATA, 0x0000_0002_0000_0001L);
      Asm a = Asm.bits(64).mov(RBX, DATA).mov(RSI, 0x1234).movdqu(0, Mem.at(RBX)).out(1, AL);
      paddd(a).movdqu(Mem.at(RBX).disp(16), 0).mov(Mem.at(RBX).disp(32), RSI);
      vm.loadLong(a.out(2, AL));
      expectOut(vm.run(), 1);
      CpuState before = vm.state(Part.SYSTEM, Part.MSRS);
      expectOut(vm.run(), 2);
      assertEquals(0x0000_0004_0000_0002L, vm.memory().read64(DATA + 16));
      assertEquals(0x1234, vm.memory().read64(DATA + 32));
      CpuState after = vm.state(Part.SYSTEM, Part.MSRS);
      assertEquals(before.cr3, after.cr3);
      assertEquals(before.segments[CpuState.CS].access, after.segments[CpuState.CS].access);
      assertEquals(1, stats(vm).refusals("paddd"));
      assertTrue(stats(vm).table().contains("refused paddd"), stats(vm)::table);
    }
  }

  /** Not all of leaves 1, 7 and 13: kvm_pvm adds AVX and HT there, whatever it is told. */
  @ParameterizedTest
  @ValueSource(ints = {0, 0x15, 0x8000_0001, 0x8000_0008})
  void cpuidIsTheSameBeforeAndAfter(int leaf) {
    try (TinyVm vm = vm(1)) {
      Asm a = Asm.bits(64);
      tell(a, leaf);
      paddd(a.mov(RBX, DATA));
      tell(a, leaf);
      vm.loadLong(a);
      int[] first = new int[4];
      for (int i = 0; i < 8; i++) {
        VcpuExit exit = vm.run();
        expectOut(exit, 1);
        if (i < 4) {
          first[i] = (int) exit.data(0);
        } else {
          assertEquals(first[i - 4], (int) exit.data(0), "register " + (i - 4));
        }
      }
    }
  }

  @Test
  void timeStampCountersOfVcpusThatGoOneAfterTheOtherAreTheSame() throws InterruptedException {
    try (TinyVm vm = vm(2)) {
      vm.loadLong(paddd(Asm.bits(64).mov(RBX, DATA)).out(1, AL));
      expectOut(vm.run(), 1);
      Thread.sleep(20); // the accelerator's counter may be faster
      vm.vcpu(1).kick();
      assertEquals(ExitReason.INTERRUPTED, vm.vcpu(1).run().reason());
      long before = tsc(vm.vcpu(0));
      long between = tsc(vm.vcpu(1));
      assertTrue(before <= between && between <= tsc(vm.vcpu(0)));
    }
  }

  private static long tsc(Vcpu vcpu) {
    CpuState state = new CpuState();
    vcpu.save(state, Set.of(Part.MSRS));
    return state.msrs.get(0x10, 0);
  }

  private static void tell(Asm a, int leaf) {
    a.mov(EAX, leaf).mov(ECX, 0).push(RBX).cpuid().out(1, EAX);
    a.mov(EAX, EBX).out(1, EAX).mov(EAX, ECX).out(1, EAX).mov(EAX, EDX).out(1, EAX).pop(RBX);
  }

  @Test
  void aLoopThatKvmDoesNotRefuseGoesOnInJavaToo() {
    try (TinyVm vm = vm(1)) {
      Asm a = Asm.bits(64).mov(ECX, 100_000_000);
      Label again = a.here();
      vm.loadLong(a.dec(ECX).jcc(Cond.NE, again).out(1, AL));
      expectOut(vm.run(), 1);
      assertTrue(stats(vm).instructions() > 0);
    }
  }

  @Test
  void anInterruptReachesALoopInJava() {
    try (TinyVm vm = vm(1)) {
      Line line = new Line();
      vm.vcpu().connect(line);
      Asm a = Asm.bits(64).mov(RBX, DATA).sti();
      Label forever = paddd(a).out(1, AL).here();
      vm.loadLong(a.jmp(forever));
      handle(vm, Asm.bits(64).out(2, AL));
      expectOut(vm.run(), 1);
      line.pending = true;
      vm.vcpu().interruptPending();
      expectOut(vm.run(), 2);
    }
  }

  @Test
  void anInterruptThatCameBeforeIsTakenInJava() {
    try (TinyVm vm = vm(1)) {
      Line line = new Line();
      vm.vcpu().connect(line);
      Asm a = Asm.bits(64).mov(RBX, DATA).out(1, AL);
      Label forever = paddd(a).sti().here();
      vm.loadLong(a.jmp(forever));
      handle(vm, Asm.bits(64).out(2, AL));
      expectOut(vm.run(), 1);
      line.pending = true;
      vm.vcpu().interruptPending();
      expectOut(vm.run(), 2);
    }
  }

  private static final class Line implements InterruptSource {
    private volatile boolean pending;

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

  /** Gives the guest of {@link TinyVm#loadLong} tables, and one handler. */
  private static void handle(TinyVm vm, Asm handler) {
    vm.memory().copyIn(HANDLER, handler.assemble());
    vm.memory().write64(IDT + 16 * VECTOR, 0x0000_8e00_0008_0000L | HANDLER);
    vm.memory().write64(GDT + 8, 0x00af_9b00_0000_ffffL);
    vm.memory().write64(GDT + 16, 0x00cf_9300_0000_ffffL);
    CpuState state = vm.state(Part.SYSTEM);
    state.idtBase = IDT;
    state.idtLimit = 0xfff;
    state.gdtBase = GDT;
    state.gdtLimit = 0x1f;
    vm.vcpu().restore(state, Set.of(Part.SYSTEM));
  }

  @Test
  void lockedInstructionsOfTwoVcpusLoseNoUpdate() throws InterruptedException {
    int rounds = 100_000;
    try (TinyVm vm = vm(2)) {
      Asm a = Asm.bits(64).mov(RSI, DATA).mov(RAX, 0).mov(RDX, 0).mov(EDI, rounds);
      Label again = a.here();
      a.mov(RBX, RAX).add(RBX, 1).mov(RCX, RDX).lock().cmpxchg16b(Mem.at(RSI));
      a.jcc(Cond.NE, again).dec(EDI).jcc(Cond.NE, again);
      vm.loadLong(a.out(1, AL));
      Set<Part> parts = Set.of(Part.GENERAL, Part.SYSTEM, Part.EVENTS);
      CpuState state = vm.state(Part.GENERAL, Part.SYSTEM, Part.EVENTS);
      Vcpu second = vm.vcpu(1);
      second.restore(state, parts);
      Thread other = new Thread(() -> expectOut(TinyVm.run(second), 1), "second vCPU");
      other.start();
      expectOut(vm.run(), 1);
      vm.vcpu().kick();
      other.join();
      assertEquals(2 * rounds, vm.memory().read64(DATA));
    }
  }
}
