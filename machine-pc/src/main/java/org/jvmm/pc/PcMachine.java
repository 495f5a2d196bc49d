package org.jvmm.pc;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.accel.CoalescedWrites;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.accel.VirtualMachine;
import org.jvmm.core.accel.VmConfig;
import org.jvmm.core.bus.MmioBus;
import org.jvmm.core.bus.PortBus;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.RamBlock;
import org.jvmm.core.run.Buses;
import org.jvmm.core.run.FailureReport;
import org.jvmm.core.run.Machine;
import org.jvmm.core.run.Outcome;
import org.jvmm.core.stats.ExitStats;
import org.jvmm.core.stats.MemoryUse;
import org.jvmm.core.stats.StatsTable;
import org.jvmm.core.time.HostClock;
import org.jvmm.devices.debug.PostCode;
import org.jvmm.devices.drive.RemovableDrive;
import org.jvmm.devices.pci.PciFunction;
import org.jvmm.pc.acpi.AcpiTables;
import org.jvmm.pc.boot.BootRequest;
import org.jvmm.pc.boot.KernelLoader;
import org.jvmm.pc.boot.LoadedKernel;
import org.jvmm.pc.boot.PcMemoryLayout;
import org.jvmm.pc.firmware.BiosRom;
import org.jvmm.pc.firmware.BootPlan;

/**
 * A PC that runs under an accelerator: RAM, vCPUs and the board, with a kernel or firmware loaded.
 * This is the way in for those who embed jvmm:
 *
 * <pre>{@code
 * try (PcMachine pc = PcMachine.build(config, accelerator, ends)) {
 *   Outcome outcome = pc.run();
 * }
 * }</pre>
 */
public final class PcMachine implements AutoCloseable {
  private final PcConfig config;
  private final HostEnds ends;
  private final PcMemoryLayout layout;
  private final MemoryMap memory;
  private final Machine machine;
  private final PcBoard board;

  /** Null without ACPI. */
  private final AcpiTables acpi;

  private volatile LoadedKernel kernel;

  private PcMachine(
      PcConfig config,
      HostEnds ends,
      PcMemoryLayout layout,
      MemoryMap memory,
      Machine machine,
      PcBoard board) {
    this.config = config;
    this.ends = ends;
    this.layout = layout;
    this.memory = memory;
    this.machine = machine;
    this.board = board;
    board.wire(config, layout, ends, memory.memory());
    acpi = board.describe(config, layout, memory.memory());
    boot();
    machine.onReset(
        () -> {
          board.reset();
          boot();
        });
  }

  /**
   * Builds the machine and loads its kernel or its firmware.
   *
   * @throws org.jvmm.pc.boot.BootException if either cannot be loaded; the user's to mend
   * @throws org.jvmm.core.accel.AccelException if the accelerator cannot run such a machine
   * @throws org.jvmm.core.mem.RamException if the host has not that much memory
   */
  public static PcMachine build(PcConfig config, Accelerator accelerator, HostEnds ends) {
    PcMemoryLayout layout = new PcMemoryLayout(config.ram());
    HostClock clock = new HostClock();
    MemoryMap memory = new MemoryMap();
    VirtualMachine vm = null;
    try {
      RamBlock block = ends.ram().allocate("ram", layout.ramSize());
      MainMemory ram = new MainMemory(memory, layout, block);
      if (config.byFirmware()) {
        BiosRom.read(config.firmware().rom()).map(memory, ram.shadow(), ends.ram());
      }
      vm = accelerator.createVm(vmConfig(config, accelerator, memory, clock));
      return assemble(config, ends, layout, memory, ram, vm, clock);
    } catch (RuntimeException e) {
      if (vm != null) {
        vm.close();
      }
      memory.close();
      clock.close();
      throw e;
    }
  }

  private static VmConfig vmConfig(
      PcConfig config, Accelerator accelerator, MemoryMap memory, HostClock clock) {
    IrqchipMode best = accelerator.bestIrqchip(config.accelOptions());
    IrqchipMode irqchip = config.irqchip() == null ? best : config.irqchip();
    return new VmConfig(
        config.vcpus(), config.cpu(), irqchip, memory, clock, config.accelOptions());
  }

  private static PcMachine assemble(
      PcConfig config,
      HostEnds ends,
      PcMemoryLayout layout,
      MemoryMap memory,
      MainMemory ram,
      VirtualMachine vm,
      HostClock clock) {
    Interrupts interrupts = new Interrupts();
    Buses buses = new Buses(new PortBus(), new MmioBus(), interrupts);
    FailureReport report = vm.capability(FailureReport.class).orElse(PcMachine::plainReport);
    Machine machine = new Machine(vm, clock, buses, new ExitStats(config.timedExits()), report);
    vm.capability(StatsTable.class).ifPresent(machine.stats()::append);
    machine.stats().append(() -> MemoryUse.now(memory.slots()).table());
    for (int id = 0; id < config.vcpus(); id++) {
      machine.addVcpu(id);
    }
    interrupts.wire(vm, machine.vcpus(), buses, clock);
    PcBoard board = new PcBoard(machine, buses, memory, ram, interrupts, clock);
    PcMachine pc = new PcMachine(config, ends, layout, memory, machine, board);
    vm.capability(CoalescedWrites.class).ifPresent(board::collectWrites);
    return pc;
  }

  /** Loads the kernel into a machine after reset, unless the firmware does. */
  private void boot() {
    if (config.byFirmware()) {
      return;
    }
    board.setUp(layout);
    long rsdp = acpi == null ? 0 : acpi.write(memory.memory());
    EnumSet<CpuState.Part> parts = EnumSet.of(CpuState.Part.GENERAL, CpuState.Part.SYSTEM);
    CpuState state = new CpuState();
    Vcpu first = machine.vcpus().get(0).vcpu();
    first.save(state, parts);
    PcConfig.Boot what = config.boot();
    kernel =
        KernelLoader.load(
            new BootRequest(
                what.kernel(),
                what.initrd(),
                what.commandLine(),
                layout,
                memory.memory(),
                rsdp,
                ends.kernels()),
            state);
    first.restore(state, parts);
  }

  private static String plainReport(Vcpu vcpu, VcpuExit exit) {
    CpuState state = new CpuState();
    vcpu.save(state, EnumSet.of(CpuState.Part.GENERAL, CpuState.Part.SYSTEM));
    return "vCPU %d: %s%n%s".formatted(vcpu.id(), exit.detail(), state).stripTrailing();
  }

  /** How the kernel was loaded, at the last reset; empty if the firmware boots. */
  public Optional<LoadedKernel> kernel() {
    return Optional.ofNullable(kernel);
  }

  /** The diagnostic codes that the guest wrote to port 0x80, with their times. */
  public List<PostCode.Stamp> postCodes() {
    return board.postCodes();
  }

  /** The CD-ROM or floppy drive of a name in {@link HostEnds}; empty if there is none. */
  public Optional<RemovableDrive> removable(String name) {
    return board.removable(name);
  }

  /** The functions on its PCI bus, by slot in bits 7:3 and function in bits 2:0. */
  public SortedMap<Integer, PciFunction> pciFunctions() {
    return board.pciFunctions();
  }

  /** Guest-physical memory. */
  public GuestMemory memory() {
    return memory.memory();
  }

  /** The mechanism: pause, resume, stop, statistics. */
  public Machine machine() {
    return machine;
  }

  /**
   * The reset button: as when the guest resets by itself. The firmware or the kernel starts again,
   * RAM, media and statistics stay. Any thread; returns at once.
   */
  public void reset() {
    board.pressReset();
  }

  /** Whether the guest has powered off a machine that is to stay: only a reset lets it go on. */
  public boolean isOff() {
    return board.isOff();
  }

  /**
   * What the firmware boots from after the next reset, and from then on. Any thread.
   *
   * @param order as in {@link org.jvmm.pc.firmware.BootPlan}
   * @throws IllegalArgumentException if it is no order
   */
  public void bootFrom(String order) {
    if (!BootPlan.isOrder(order)) {
      throw new IllegalArgumentException("boot order " + order);
    }
    board.bootFrom(order);
  }

  /** The power button, which a guest with ACPI answers as it likes. Any thread. */
  public void pressPowerButton() {
    board.pressPowerButton();
  }

  /**
   * Runs the machine to its end, over all resets.
   *
   * @return why it ended; a reset after the kernel's panic message counts as a panic
   * @throws org.jvmm.pc.boot.BootException if the kernel cannot be loaded again after a reset
   */
  public Outcome run() throws InterruptedException {
    machine.resume();
    return machine.await();
  }

  @Override
  public void close() {
    machine.close();
    board.powerOff();
    memory.close();
  }
}
