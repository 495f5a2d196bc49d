package org.jvmm.core.run;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VirtualMachine;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.irq.MsiTarget;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.stats.ExitStats;
import org.jvmm.core.time.HostClock;

@Timeout(60)
final class MachineTest {
  /** A VM of scripted vCPUs. */
  private static final class ScriptedVm implements VirtualMachine {
    final List<ScriptedVcpu> vcpus = new ArrayList<>();
    final List<String> resets = new CopyOnWriteArrayList<>();
    boolean closed;

    @Override
    public String accelerator() {
      return "scripted";
    }

    @Override
    public Vcpu createVcpu(int id) {
      ScriptedVcpu vcpu = new ScriptedVcpu(id, resets::add);
      vcpus.add(vcpu);
      return vcpu;
    }

    @Override
    public IrqchipMode irqchip() {
      return IrqchipMode.USER;
    }

    @Override
    public IrqLine irqLine(int gsi) {
      throw new IllegalStateException();
    }

    @Override
    public MsiTarget msi() {
      throw new IllegalStateException();
    }

    @Override
    public void reset() {
      resets.add("chips");
    }

    @Override
    public void logDirty(MemorySlot slot, boolean on) {}

    @Override
    public void takeDirty(MemorySlot slot, long[] bitmap) {}

    @Override
    public void close() {
      closed = true;
    }
  }

  private final ScriptedVm vm = new ScriptedVm();
  private final HostClock clock = new HostClock();
  private final Buses buses = new Buses();
  private final Machine machine =
      new Machine(vm, clock, buses, new ExitStats(true), (vcpu, exit) -> exit.detail());
  private final VcpuRunner runner = machine.addVcpu(0);
  private final ScriptedVcpu vcpu = vm.vcpus.get(0);

  @AfterEach
  void close() {
    machine.close();
    assertTrue(vm.closed);
  }

  private static PortDevice answering(int value, CountDownLatch written) {
    return new PortDevice() {
      @Override
      public int read(int offset, int size) {
        return value;
      }

      @Override
      public void write(int offset, int size, int ignored) {
        written.countDown();
      }
    };
  }

  @Test
  void stringInputIsAnsweredItemByItemAndCounted() throws InterruptedException {
    CountDownLatch written = new CountDownLatch(1);
    buses.ports().attach("probe", 0x300, 2, 1, answering(0x5a, written));
    ScriptedVcpu.Exit in = vcpu.script(ExitReason.IO_IN, 0x300, 1, 0, 0, 0);
    vcpu.script(ExitReason.IO_OUT, 0x301, 1, 7);
    machine.resume();
    assertTrue(written.await(10, TimeUnit.SECONDS));
    machine.stop(Outcome.of(Outcome.Kind.POWER_OFF));
    assertEquals(Outcome.Kind.POWER_OFF, machine.await().kind());
    assertEquals(List.of(0x5aL, 0x5aL, 0x5aL), Arrays.stream(in.data).boxed().toList());
    ExitStats.Line line = machine.stats().byDevice().get(0);
    assertEquals("pio probe", line.name());
    assertEquals(2, line.count());
    assertEquals(2, line.times().getTotalCount());
  }

  @Test
  void aPausedMachineEntersNoGuestAndItsClockStands() throws InterruptedException {
    machine.resume();
    machine.pause();
    int entries = vcpu.entries;
    long stood = clock.nanos();
    vcpu.script(ExitReason.IO_OUT, 0x300, 1, 1);
    Thread.sleep(20);
    assertEquals(entries, vcpu.entries);
    assertEquals(stood, clock.nanos());
    assertEquals(Lifecycle.PAUSED, machine.state());
    CountDownLatch written = new CountDownLatch(1);
    buses.ports().attach("probe", 0x300, 1, 1, answering(0, written));
    machine.resume();
    assertTrue(written.await(10, TimeUnit.SECONDS));
  }

  @Test
  void illegalMovesAreRefused() throws InterruptedException {
    assertThrows(IllegalStateException.class, machine::pause);
    machine.resume();
    assertThrows(IllegalStateException.class, machine::resume);
    assertThrows(IllegalStateException.class, () -> machine.addVcpu(1));
  }

  @Test
  void theFirstOutcomeWins() throws InterruptedException {
    machine.resume();
    machine.stop(Outcome.of(Outcome.Kind.RESET));
    machine.stop(Outcome.of(Outcome.Kind.POWER_OFF));
    assertEquals(Outcome.Kind.RESET, machine.await().kind());
  }

  @Test
  void aTripleFaultStopsTheMachineWithAReport() throws InterruptedException {
    vcpu.script(ExitReason.SHUTDOWN, 0, 0);
    machine.resume();
    Outcome outcome = machine.await();
    assertEquals(Outcome.Kind.TRIPLE_FAULT, outcome.kind());
    assertEquals("scripted SHUTDOWN", outcome.report());
  }

  @Test
  void aHaltedVcpuSleepsUntilAnInterruptIsPending() throws InterruptedException {
    vcpu.script(ExitReason.HALTED, 0, 0);
    machine.resume();
    while (vcpu.entries < 1) {
      Thread.onSpinWait();
    }
    Thread.sleep(20);
    assertEquals(1, vcpu.entries);
    runner.interruptPending();
    while (vcpu.entries < 2) {
      Thread.onSpinWait();
    }
  }

  @Test
  void anExceptionInADeviceIsReportedAndDoesNotHang() throws InterruptedException {
    PortDevice broken =
        new PortDevice() {
          @Override
          public int read(int offset, int size) {
            throw new IllegalStateException("broken chip");
          }

          @Override
          public void write(int offset, int size, int value) {}
        };
    buses.ports().attach("broken", 0x300, 1, 1, broken);
    vcpu.script(ExitReason.IO_IN, 0x300, 1, 0);
    machine.resume();
    Outcome outcome = machine.await();
    assertEquals(Outcome.Kind.ACCELERATOR_FAILURE, outcome.kind());
    assertTrue(outcome.report().contains("broken chip"), outcome.report());
  }

  @Test
  void aDeviceMayStopTheMachineFromTheVcpusThread() throws InterruptedException {
    PortDevice powerOff =
        new PortDevice() {
          @Override
          public int read(int offset, int size) {
            return 0;
          }

          @Override
          public void write(int offset, int size, int value) {
            assertEquals(0, VcpuThread.current());
            machine.stop(Outcome.of(Outcome.Kind.POWER_OFF));
          }
        };
    buses.ports().attach("pm", 0x604, 2, 2, powerOff);
    vcpu.script(ExitReason.IO_OUT, 0x604, 2, 0x2000);
    machine.resume();
    assertEquals(Outcome.Kind.POWER_OFF, machine.await().kind());
    assertFalse(vcpu.closed, "the VM closes its vCPUs");
  }

  @Test
  void aPauseLetsTheLastExitBeCompletedByOneMoreEntry() throws InterruptedException {
    Thread pauser = new Thread(this::pauseQuietly);
    CountDownLatch reading = new CountDownLatch(1);
    buses
        .ports()
        .attach(
            "slow",
            0x300,
            1,
            1,
            new PortDevice() {
              @Override
              public int read(int offset, int size) {
                pauser.start();
                reading.countDown();
                while (!vcpu.isKicked()) {
                  Thread.onSpinWait();
                }
                return 0x5a;
              }

              @Override
              public void write(int offset, int size, int value) {}
            });
    vcpu.script(ExitReason.IO_IN, 0x300, 1, 0);
    machine.resume();
    assertTrue(reading.await(10, TimeUnit.SECONDS));
    pauser.join();
    assertEquals(2, vcpu.entries);
  }

  private void pauseQuietly() {
    try {
      machine.pause();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Somebody waits for the machine's end, as always. */
  private Thread awaiting() {
    Thread waiter =
        new Thread(
            () -> {
              try {
                machine.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    waiter.start();
    return waiter;
  }

  /** A port whose write resets, by the vCPU's thread in the middle of the exit. */
  private void attachResetPort() {
    PortDevice button =
        new PortDevice() {
          @Override
          public int read(int offset, int size) {
            return 0;
          }

          @Override
          public void write(int offset, int size, int value) {
            machine.reset();
          }
        };
    buses.ports().attach("reset", 0xcf9, 1, 1, button);
  }

  @Test
  void aResetByTheGuestIsDoneWhenAllVcpusStandAndTheGuestGoesOn() throws InterruptedException {
    final VcpuRunner other = machine.addVcpu(1);
    attachResetPort();
    List<Lifecycle> states = new CopyOnWriteArrayList<>();
    CountDownLatch resets = new CountDownLatch(2);
    machine.onReset(
        () -> {
          states.add(machine.state());
          vm.resets.add("board");
          vcpu.script(ExitReason.IO_OUT, 0xcf9, 1, 6); // the guest begins again, and resets again
          resets.countDown();
        });
    vcpu.script(ExitReason.IO_OUT, 0xcf9, 1, 6);
    awaiting();
    machine.resume();
    assertTrue(resets.await(10, TimeUnit.SECONDS));
    machine.stop(Outcome.of(Outcome.Kind.QUIT));
    machine.await();
    List<String> once = List.of("chips", "vCPU 0", "vCPU 1", "board");
    assertEquals(once, vm.resets.subList(0, 4));
    assertEquals(once, vm.resets.subList(4, 8));
    assertEquals(Lifecycle.RUNNING, states.get(0));
    assertEquals(1, other.vcpu().id());
    assertTrue(machine.stats().byDevice().get(0).count() >= 2);
  }

  @Test
  void aPausedMachineThatIsResetStaysPaused() throws InterruptedException {
    CountDownLatch reset = new CountDownLatch(1);
    machine.onReset(reset::countDown);
    awaiting();
    machine.resume();
    machine.pause();
    int entries = vcpu.entries;
    long stood = clock.nanos();
    machine.reset();
    assertTrue(reset.await(10, TimeUnit.SECONDS));
    Thread.sleep(20);
    assertEquals(Lifecycle.PAUSED, machine.state());
    assertEquals(entries, vcpu.entries);
    assertEquals(stood, clock.nanos());
    machine.resume();
    while (vcpu.entries == entries) {
      Thread.onSpinWait();
    }
  }

  @Test
  void pausesResumesAndResetsOfSeveralThreadsLeaveTheMachineAsTheLastSays() throws Exception {
    awaiting();
    machine.resume();
    Thread resetter =
        new Thread(
            () -> {
              for (int i = 0; i < 100; i++) {
                machine.reset();
                Thread.yield();
              }
            });
    resetter.start();
    for (int i = 0; i < 100; i++) {
      machine.pause();
      machine.resume();
    }
    resetter.join();
    machine.pause();
    machine.resume();
    int entries = vcpu.entries;
    vcpu.kick();
    while (vcpu.entries == entries) {
      Thread.onSpinWait();
    }
    assertEquals(Lifecycle.RUNNING, machine.state());
  }

  @Test
  void aResetThatFailsEndsTheMachineAndIsTold() throws InterruptedException {
    machine.onReset(
        () -> {
          throw new IllegalStateException("no kernel");
        });
    machine.resume();
    machine.reset();
    assertThrows(IllegalStateException.class, machine::await);
    assertEquals(Lifecycle.STOPPED, machine.state());
  }

  @Test
  void aVcpuMayAskForAPause() throws Exception {
    machine.resume();
    Thread waiting = new Thread(() -> assertDoesNotThrow(machine::await), "waiting");
    waiting.start();
    machine.pauseSoon();
    while (machine.state() != Lifecycle.PAUSED) {
      Thread.sleep(1);
    }
    machine.resume();
    machine.stop(Outcome.of(Outcome.Kind.QUIT));
    waiting.join();
  }

  @Test
  void aMachineThatHasStoppedIsNotReset() throws InterruptedException {
    machine.reset();
    machine.resume();
    machine.stop(Outcome.of(Outcome.Kind.POWER_OFF));
    machine.reset();
    assertEquals(Outcome.Kind.POWER_OFF, machine.await().kind());
    assertEquals(List.of(), vm.resets);
  }
}
