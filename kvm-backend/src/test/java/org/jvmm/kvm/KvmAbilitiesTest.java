package org.jvmm.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.jvmm.testkit.asm.Reg.AL;
import static org.jvmm.testkit.asm.Reg.AX;
import static org.jvmm.testkit.asm.Reg.DX;
import static org.jvmm.testkit.asm.Reg.EAX;
import static org.jvmm.testkit.asm.Reg.RBX;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.core.accel.AccelException;
import org.jvmm.core.accel.Availability;
import org.jvmm.core.accel.CoalescedWrites;
import org.jvmm.core.accel.CpuModel;
import org.jvmm.core.accel.EventFds;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.GuestClock;
import org.jvmm.core.accel.IoapicRoutes;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.accel.VmConfig;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.run.FailureReport;
import org.jvmm.core.time.HostClock;
import org.jvmm.testkit.TinyVm;
import org.jvmm.testkit.asm.Asm;
import org.jvmm.testkit.asm.Label;
import org.jvmm.testkit.asm.Mem;
import org.jvmm.testkit.asm.Seg;

@Timeout(30)
class KvmAbilitiesTest {
  private static final int HOLE = 0xa_0000;

  @BeforeAll
  static void kvmIsUsable() {
    Availability availability = new KvmAccelerator().availability();
    assumeTrue(availability.usable(), availability::why);
  }

  private static TinyVm tinyVm(IrqchipMode irqchip) {
    return new TinyVm(new KvmAccelerator(), irqchip, 1);
  }

  private static <T> T ability(TinyVm vm, Class<T> type) {
    return vm.vm().capability(type).orElseThrow();
  }

  @Test
  void coalescedWritesArriveInOrderBeforeTheNextExit() {
    try (TinyVm vm = tinyVm(IrqchipMode.KERNEL)) {
      List<String> writes = new ArrayList<>();
      CoalescedWrites coalesced = ability(vm, CoalescedWrites.class);
      coalesced.deliverTo(
          (port, address, size, data) ->
              writes.add("%b %x.%d=%x".formatted(port, address, size, data)));
      coalesced.coalesce(false, HOLE, 0x1000);
      coalesced.coalesce(true, 0x300, 2);
      vm.load(
          Asm.bits(16)
              .mov(AX, HOLE >> 4)
              .mov(Seg.DS, AX)
              .mov(AX, 0x1234)
              .mov(Mem.at(8), AX)
              .mov(DX, 0x300)
              .outDx(AL)
              .mov(Mem.at(9), AL)
              .out(1, AL));
      assertEquals(1, vm.run().port());
      assertEquals(List.of("false a0008.2=1234", "true 300.1=34", "false a0009.1=34"), writes);
      coalesced.uncoalesce(true, 0x300, 2);
    }
  }

  @Test
  void aDoorbellRingsInsteadOfAnExit() throws InterruptedException {
    try (TinyVm vm = tinyVm(IrqchipMode.KERNEL)) {
      EventFds.Doorbell bell = ability(vm, EventFds.class).doorbell(true, 0x300, 2);
      vm.load(Asm.bits(16).mov(DX, 0x300).outDx(AX).out(1, AL));
      assertEquals(1, vm.run().port());
      assertTrue(bell.await());
      Thread waiter = new Thread(() -> assertFalse(bell.await()));
      waiter.start();
      bell.close();
      waiter.join();
      bell.close();
    }
  }

  @Test
  void aTriggerInterruptsTheGuest() {
    try (TinyVm vm = tinyVm(IrqchipMode.KERNEL);
        EventFds.Trigger trigger = ability(vm, EventFds.class).trigger(4)) {
      Asm a = Asm.bits(16).mov(AL, 0x11).out(0x20, AL);
      for (int icw : new int[] {0x20, 4, 1, 0xef}) {
        a.mov(AL, icw).out(0x21, AL);
      }
      a.out(1, AL).sti();
      Label forever = a.here();
      vm.load(a.jmp(forever));
      vm.memory().write32(4 * 0x24, 0x3000);
      vm.memory().copyIn(0x3000, Asm.bits(16).out(2, AL).iret().assemble());
      assertEquals(1, vm.run().port());
      trigger.signal();
      assertEquals(2, vm.run().port());
    }
  }

  @Test
  void theGuestsClockStandsWhileItIsPaused() throws InterruptedException {
    try (TinyVm vm = tinyVm(IrqchipMode.KERNEL)) {
      GuestClock clock = ability(vm, GuestClock.class);
      clock.pause();
      long stood = clock.nanos();
      Thread.sleep(5);
      assertEquals(stood, clock.nanos());
      clock.set(stood + 1_000_000_000_000L);
      clock.resume();
      long now = clock.nanos();
      assertTrue(now >= stood + 1_000_000_000_000L, () -> "%d %d".formatted(stood, now));
      assertTrue(now < stood + 2_000_000_000_000L, () -> "%d %d".formatted(stood, now));
      assertThrows(IllegalStateException.class, () -> clock.set(0));
    }
  }

  @Test
  void theChipsInKvmMoveToAnotherVm() {
    try (TinyVm first = tinyVm(IrqchipMode.KERNEL);
        TinyVm second = tinyVm(IrqchipMode.KERNEL)) {
      first.load(Asm.bits(16).mov(AL, 0x5a).out(0x21, AL).out(1, AL));
      first.run();
      KvmChips.State state = ability(first, KvmChips.class).save();
      ability(second, KvmChips.class).restore(state);
      second.load(Asm.bits(16).in(AL, 0x21).out(1, AL));
      assertEquals(0x5a, second.run().data(0), "IMR");
      assertThrows(
          SnapshotException.class,
          () ->
              ability(second, KvmChips.class)
                  .restore(new KvmChips.State(9, state.irqchips(), state.pit())));
    }
  }

  @Test
  void aLevelOfASplitIoapicReportsItsEnd() {
    try (TinyVm vm = tinyVm(IrqchipMode.SPLIT)) {
      long everyone = 0xfee0_0000L;
      int level = 0x8000 | 0x41;
      ability(vm, IoapicRoutes.class).route(3, everyone, level);
      Asm a = Asm.bits(64).mov(RBX, 0xfee0_0000L);
      a.mov(EAX, 0x1ff);
      a.mov(Mem.at(RBX).disp(0xf0), EAX);
      a.out(1, AL).sti();
      Label forever = a.here();
      vm.loadLong(a.jmp(forever));
      Asm handler = Asm.bits(64).out(2, AL);
      handler.mov(Mem.at(RBX).disp(0xb0), EAX);
      vm.memory().copyIn(0x3000, handler.out(3, AL).iretq().assemble());
      int idt = 0x5000;
      vm.memory().write64(idt + 16 * 0x41, 0x0000_8e00_0008_3000L);
      int gdt = 0x4000;
      vm.memory().write64(gdt + 8, 0x00af_9b00_0000_ffffL);
      vm.memory().write64(gdt + 16, 0x00cf_9300_0000_ffffL);
      var state = vm.state();
      state.idtBase = idt;
      state.idtLimit = 0xfff;
      state.gdtBase = gdt;
      state.gdtLimit = 0x1f;
      vm.vcpu().restore(state, TinyVm.ALL);
      assertEquals(1, vm.run().port());
      vm.vm().msi().send(everyone, level);
      assertEquals(2, vm.run().port());
      VcpuExit eoi = vm.run();
      assertEquals(ExitReason.IOAPIC_EOI, eoi.reason(), eoi::detail);
      assertEquals(0x41, eoi.vector());
      assertEquals(3, vm.run().port());
    }
  }

  @Test
  void aFailureIsReportedWithReasonBytesRegistersAndModule() {
    try (TinyVm vm = tinyVm(IrqchipMode.KERNEL)) {
      vm.loadLong(Asm.bits(64).mov(RBX, 0x1122_3344_5566_7788L).ud2());
      var state = vm.state();
      state.idtLimit = 0;
      vm.vcpu().restore(state, TinyVm.ALL);
      VcpuExit exit = vm.run();
      assertEquals(ExitReason.SHUTDOWN, exit.reason());
      String report = ability(vm, FailureReport.class).describe(vm.vcpu(), exit);
      assertTrue(report.contains("vcpu 0: KVM_EXIT_SHUTDOWN: triple fault"), report);
      assertTrue(report.contains("host: " + HostFacts.read().moduleNames()), report);
      // After a triple fault SVM leaves the registers undefined; the others are as they were.
      assumeTrue(
          report.contains("RIP=000000000000100a"), "this processor resets at a triple fault");
      assertTrue(report.contains("bytes at 0x100a: 0f 0b"), report);
      assertTrue(report.contains("RBX=1122334455667788"), report);
    }
  }

  @Test
  void anUnknownOptionIsNamed() {
    try (MemoryMap map = new MemoryMap();
        HostClock clock = new HostClock()) {
      VmConfig config =
          new VmConfig(1, CpuModel.HOST, IrqchipMode.KERNEL, map, clock, Map.of("tsc-mhz", "1000"));
      var e = assertThrows(AccelException.class, () -> new KvmAccelerator().createVm(config));
      assertEquals("-accel kvm,tsc-mhz: known is tsc-khz=N", e.getMessage());
    }
  }

  @Test
  void moreVcpusThanKvmHasAreRefused() {
    try (MemoryMap map = new MemoryMap();
        HostClock clock = new HostClock()) {
      VmConfig config =
          new VmConfig(100_000, CpuModel.HOST, IrqchipMode.KERNEL, map, clock, Map.of());
      var e = assertThrows(AccelException.class, () -> new KvmAccelerator().createVm(config));
      assertTrue(e.getMessage().matches("100000 vCPUs: .* at most \\d+"), e.getMessage());
    }
  }

  @Test
  void linesAndKicksAreHarmlessWhenTheVmHasGone() {
    TinyVm vm = tinyVm(IrqchipMode.KERNEL);
    IrqLine line = vm.vm().irqLine(4);
    var msi = vm.vm().msi();
    vm.close();
    line.set(true);
    msi.send(0xfee0_0000L, 0x41);
    vm.vcpu().kick();
    vm.vcpu().interruptPending();
  }

  @Test
  void aClosedVmLeavesNoFileAndNoMapping() throws IOException {
    tinyVm(IrqchipMode.KERNEL).close();
    long files = files();
    long mappings = kvmMappings();
    for (int i = 0; i < 3; i++) {
      try (TinyVm vm = tinyVm(IrqchipMode.KERNEL)) {
        ability(vm, EventFds.class).doorbell(true, 0x300, 2);
        ability(vm, EventFds.class).trigger(4);
        vm.vm().irqLine(4).set(true);
        vm.load(Asm.bits(16).out(1, AL));
        vm.run();
        assertTrue(files() > files);
      }
    }
    assertEquals(files, files());
    assertEquals(mappings, kvmMappings());
  }

  private static long files() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.filter(path -> isOurs(path)).count();
    }
  }

  private static boolean isOurs(Path fd) {
    try {
      return Files.readSymbolicLink(fd).toString().matches(".*(kvm|eventfd|memfd).*");
    } catch (IOException e) {
      return false; // gone since the listing
    }
  }

  private static long kvmMappings() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines.filter(line -> line.contains("kvm")).count();
    }
  }
}
