package org.jvmm.pc;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.jvmm.core.accel.CoalescedWrites;
import org.jvmm.core.backend.CharBackend;
import org.jvmm.core.bus.PortBus;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.run.Buses;
import org.jvmm.core.run.Machine;
import org.jvmm.core.run.Outcome;
import org.jvmm.core.time.VmClock;
import org.jvmm.devices.acpi.AcpiPm;
import org.jvmm.devices.debug.DebugCon;
import org.jvmm.devices.debug.IsaDebugExit;
import org.jvmm.devices.debug.PostCode;
import org.jvmm.devices.debug.PvPanic;
import org.jvmm.devices.dma.DmaChannel;
import org.jvmm.devices.dma.DmaPair;
import org.jvmm.devices.drive.RemovableDrive;
import org.jvmm.devices.fwcfg.FwCfg;
import org.jvmm.devices.fwcfg.FwCfgItems;
import org.jvmm.devices.i8042.I8042;
import org.jvmm.devices.pci.PciFunction;
import org.jvmm.devices.ps2.Ps2Keyboard;
import org.jvmm.devices.ps2.Ps2Mouse;
import org.jvmm.devices.reset.Port92;
import org.jvmm.devices.reset.ResetControl;
import org.jvmm.devices.rtc.Mc146818;
import org.jvmm.devices.rtc.PcCmos;
import org.jvmm.devices.uart.Uart16550;
import org.jvmm.pc.acpi.AcpiConfig;
import org.jvmm.pc.acpi.AcpiDevice;
import org.jvmm.pc.acpi.AcpiTables;
import org.jvmm.pc.boot.PcMemoryLayout;
import org.jvmm.pc.firmware.BootPlan;
import org.jvmm.pc.firmware.FirmwareItems;
import org.jvmm.pc.firmware.LinuxItems;

/**
 * The motherboard: each chip with its port, its line and its host end, a row each. Nothing else
 * knows any of these.
 */
final class PcBoard implements Resettable {
  private static final int[] COM_PORTS = {IsaPort.COM1, IsaPort.COM2, IsaPort.COM3, IsaPort.COM4};
  private static final int[] COM_IRQS = {IsaIrq.COM1, IsaIrq.COM2, IsaIrq.COM1, IsaIrq.COM2};

  private final Machine machine;
  private final Buses buses;
  private final PortBus ports;
  private final MainMemory memory;
  private final Interrupts interrupts;
  private final PciChipset chipset;
  private final DmaPair dma;
  private final VmClock clock;
  private final PanicWatch panic = new PanicWatch();
  private final PostCode post;
  private final List<Resettable> chips = new ArrayList<>();
  private final List<AcpiDevice> acpiDevices = new ArrayList<>();
  private boolean endsAtReset;
  private boolean staysAtPowerOff;

  /** Whether the guest has powered the machine off, which is paused since. */
  private volatile boolean off;

  private final List<NetPort> cards = new ArrayList<>();
  private AcpiPm pm;
  private volatile String bootOrder;
  private IdeDrives drives;
  private FloppyDrives floppies;

  PcBoard(
      Machine machine,
      Buses buses,
      MemoryMap map,
      MainMemory memory,
      Interrupts interrupts,
      VmClock clock) {
    this.machine = machine;
    this.buses = buses;
    this.ports = buses.ports();
    this.memory = memory;
    this.interrupts = interrupts;
    this.clock = clock;
    this.dma = new DmaPair(map.memory());
    this.chipset = new PciChipset(buses, map, memory.shadow(), interrupts);
    this.post = new PostCode(clock);
    chips.addAll(List.of(dma, chipset, post));
  }

  /** Puts every chip in its place. */
  void wire(PcConfig config, PcMemoryLayout layout, HostEnds ends, GuestMemory guest) {
    endsAtReset = config.endsAtReset();
    staysAtPowerOff = config.staysAtPowerOff();
    wireSerials(ends.serials());
    wireFloppies(ends);
    wireClock(config, layout);
    wireKeyboard();
    wirePower();
    wireDrives(ends, guest);
    wireDebug(config, ends);
    wireDma();
    TestDeviceSlots.wire(config.testDevices(), buses, interrupts, chipset).ifPresent(chips::add);
    ends.cards().forEach(card -> cards.add(new NetPort(card, chipset.bus())));
    chips.addAll(cards);
  }

  private void wireDma() {
    ports.attach("dma", IsaPort.DMA_BYTES, DmaPair.PORTS, 1, dma.bytePorts());
    ports.attach("dma", IsaPort.DMA_WORDS, DmaPair.WORD_PORTS, 1, dma.wordPorts());
    ports.attach("dma-page", IsaPort.DMA_PAGES, DmaPair.PAGE_PORTS, 1, dma.pagePorts());
  }

  private void wireDrives(HostEnds ends, GuestMemory guest) {
    drives = new IdeDrives(machine, ends.notices());
    drives.wire(ends.drives(), ports, chipset, interrupts, guest);
  }

  /** Lets the accelerator collect posted writes. */
  void collectWrites(CoalescedWrites writes) {
    writes.deliverTo((port, address, size, data) -> ports.write((int) address, size, (int) data));
    ports.announcePosted(
        (first, count, posted) -> {
          if (posted) {
            writes.coalesce(true, first, count);
          } else {
            writes.uncoalesce(true, first, count);
          }
        });
  }

  /** A drive that takes other media, by its name. */
  Optional<RemovableDrive> removable(String name) {
    RemovableDrive disc = drives.cdroms().get(name);
    return Optional.ofNullable(disc != null ? disc : floppies.removable().get(name));
  }

  private void wireFloppies(HostEnds ends) {
    IrqLine irq = interrupts.gsi(IsaIrq.FDC);
    DmaChannel channel = dma.channel(IsaDma.FDC);
    floppies = new FloppyDrives(ends.floppies(), irq, channel, machine, ends.notices());
    floppies.attach(ports);
    chips.add(floppies);
    if (!ends.floppies().isEmpty()) {
      acpiDevices.add(floppies.acpi());
    }
  }

  /** Cuts the chips off from the host's ends, before the guest's memory is freed. */
  void powerOff() {
    drives.powerOff();
    floppies.powerOff();
    cards.forEach(NetPort::powerOff);
  }

  private void wireSerials(List<CharBackend> backends) {
    for (int i = 0; i < Math.min(backends.size(), COM_PORTS.length); i++) {
      if (backends.get(i) != null) {
        SerialPort port =
            new SerialPort(backends.get(i), panic, interrupts.gsi(COM_IRQS[i]), clock);
        ports.attach("com" + (i + 1), COM_PORTS[i], Uart16550.PORTS, 1, port.uart());
        chips.add(port.uart());
        acpiDevices.add(AcpiDevice.uart(i + 1, COM_PORTS[i], COM_IRQS[i]));
      }
    }
  }

  private void wireClock(PcConfig config, PcMemoryLayout layout) {
    Mc146818 rtc = new Mc146818(config.rtc(), interrupts.gsi(IsaIrq.RTC), clock);
    PcCmos cmos = new PcCmos(rtc);
    cmos.memory(layout.lowRamEnd(), layout.highRamSize());
    cmos.cpus(config.vcpus());
    cmos.floppies(floppies.type(0), floppies.type(1));
    BootPlan boot = config.firmware().boot();
    boot.store(boot.once(), cmos);
    bootOrder = boot.order();
    ports.attach("rtc", IsaPort.RTC, Mc146818.PORTS, 1, rtc);
    chips.add(rtc);
    chips.add(() -> boot.store(bootOrder, cmos));
    acpiDevices.add(AcpiDevice.rtc(IsaPort.RTC, IsaIrq.RTC));
  }

  private void wireKeyboard() {
    Ps2Keyboard keyboard = new Ps2Keyboard();
    Ps2Mouse mouse = new Ps2Mouse();
    I8042 controller =
        new I8042(
            keyboard,
            mouse,
            interrupts.gsi(IsaIrq.KEYBOARD),
            interrupts.gsi(IsaIrq.MOUSE),
            memory.a20(),
            this::pressReset);
    chips.addAll(List.of(keyboard, mouse, controller));
    ports.attach("i8042", IsaPort.KBC_DATA, 1, 1, controller);
    ports.attach("i8042", IsaPort.KBC_STATUS, 1, 1, controller.commandPort());
    acpiDevices.add(AcpiDevice.keyboard(IsaPort.KBC_DATA, IsaPort.KBC_STATUS, IsaIrq.KEYBOARD));
    acpiDevices.add(AcpiDevice.mouse(IsaIrq.MOUSE));
  }

  private void wirePower() {
    pm =
        new AcpiPm(
            AcpiPm.TimerWidth.BITS_24, true, interrupts.gsi(IsaIrq.SCI), clock, this::enterS5);
    ResetControl control = new ResetControl(this::pressReset, this::pressReset);
    chipset.wirePower(buses, pm, control);
    Port92 port92 = new Port92(memory.a20(), this::pressReset);
    chips.addAll(List.of(pm, control, port92));
    ports.attach("port92", IsaPort.SYSTEM_CONTROL_A, Port92.PORTS, 1, port92);
  }

  private void wireDebug(PcConfig config, HostEnds ends) {
    ports.attach("post", IsaPort.POST, PostCode.PORTS, 1, post);
    ports.attach(
        "pvpanic", IsaPort.PVPANIC, PvPanic.PORTS, 1, new PvPanic(this::panicked, () -> {}));
    acpiDevices.add(AcpiDevice.pvpanic(IsaPort.PVPANIC));
    if (ends.debugcon() != null) {
      ports.attach(
          "debugcon", config.debugcon(), DebugCon.PORTS, 1, new DebugCon(ends.debugcon()::offer));
    }
    if (config.debugExit() != null) {
      IsaDebugExit exit =
          new IsaDebugExit(code -> machine.stop(new Outcome(Outcome.Kind.DEBUG_EXIT, code, "")));
      ports.attach("debug-exit", config.debugExit().port(), config.debugExit().size(), 4, exit);
    }
  }

  private void enterS5() {
    if (staysAtPowerOff) {
      off = true;
      machine.pauseSoon();
    } else {
      stop(Outcome.Kind.POWER_OFF);
    }
  }

  /** The functions on the PCI bus, by slot in bits 7:3 and function in bits 2:0. */
  SortedMap<Integer, PciFunction> pciFunctions() {
    return chipset.bus().functions();
  }

  /** Whether the guest has powered the machine off, so that only a reset lets it go on. */
  boolean isOff() {
    return off;
  }

  private void stop(Outcome.Kind kind) {
    machine.stop(Outcome.of(kind));
  }

  /** Whoever wants a reset comes here, the guest by any of its ways. Any thread. */
  void pressReset() {
    if (panic.seen()) {
      machine.stop(new Outcome(Outcome.Kind.GUEST_PANIC, 0, "the guest's kernel panicked"));
    } else if (endsAtReset) {
      stop(Outcome.Kind.RESET);
    } else {
      machine.reset();
    }
  }

  /** What the firmware boots from after the next reset. Any thread. */
  void bootFrom(String order) {
    bootOrder = order;
  }

  /** Any thread. */
  void pressPowerButton() {
    pm.pressPowerButton();
  }

  private void panicked() {
    machine.stop(new Outcome(Outcome.Kind.GUEST_PANIC, 0, "the guest reported a panic (pvpanic)"));
  }

  /**
   * The reset line: all chips as after power-on, and no address line gated. The RTC's time and RAM
   * go on, as a battery keeps them; media stay in their drives.
   */
  @Override
  public void reset() {
    off = false;
    chips.forEach(Resettable::reset);
    memory.reset();
    interrupts.reset();
  }

  /** Sets the chips up for a kernel that is entered without firmware. */
  void setUp(PcMemoryLayout layout) {
    chipset.setUp(layout);
    dma.startCascade();
  }

  /**
   * Hands over to firmware and kernel what has been wired: the last thing to be done on the board.
   *
   * @return the ACPI tables, or null if none are wanted
   */
  AcpiTables describe(PcConfig config, PcMemoryLayout layout, GuestMemory guest) {
    acpiDevices.add(AcpiDevice.fwCfg(IsaPort.FW_CFG, FwCfg.PORTS));
    AcpiTables acpi =
        config.firmware().acpi() ? new AcpiTables(acpi(layout, config.vcpus())) : null;
    FwCfgItems items = FirmwareItems.of(config.firmware(), layout, config.vcpus(), acpi);
    if (config.byFirmware() && config.boot() != null) {
      PcConfig.Boot linux = config.boot();
      LinuxItems.add(items, linux.kernel(), linux.initrd(), linux.commandLine(), layout);
    }
    FwCfg fwCfg = new FwCfg(items, guest);
    ports.attach("fwcfg", IsaPort.FW_CFG, FwCfg.PORTS, 4, fwCfg);
    chips.add(fwCfg);
    return acpi;
  }

  private AcpiConfig acpi(PcMemoryLayout layout, int vcpus) {
    AcpiConfig.Power power =
        new AcpiConfig.Power(
            IsaIrq.SCI,
            IsaPort.ACPI_PM + AcpiPm.PM1_EVENT,
            IsaPort.ACPI_PM + AcpiPm.PM1_CONTROL,
            IsaPort.ACPI_PM + AcpiPm.PM_TIMER,
            IsaPort.ACPI_PM + AcpiPm.GPE0,
            AcpiPm.GPE0_LENGTH,
            AcpiPm.SLP_TYP_S5,
            IsaPort.RESET_CONTROL,
            ResetControl.HARD_RESET);
    return new AcpiConfig(
        vcpus,
        PcMemoryLayout.LOCAL_APIC,
        PcMemoryLayout.IO_APIC,
        power,
        chipset.levelIrqs(),
        false,
        acpiDevices,
        chipset.aml(layout),
        List.of());
  }

  /** When the guest passed which diagnostic code. */
  List<PostCode.Stamp> postCodes() {
    return post.stamps();
  }
}
