package org.jvmm.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jvmm.console.NullChar;
import org.jvmm.console.StreamChar;
import org.jvmm.core.accel.CpuModel;
import org.jvmm.core.backend.CharBackend;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.run.Machine;
import org.jvmm.core.run.Outcome;
import org.jvmm.kvm.MmapRam;
import org.jvmm.pc.HostEnds;
import org.jvmm.pc.NetCard;
import org.jvmm.pc.PcConfig;
import org.jvmm.pc.PcMachine;
import org.jvmm.pc.boot.VmlinuxCache;
import org.jvmm.pc.firmware.BootPlan;

/** Runs the machine that the options describe, until it ends. */
final class RunCommand {
  private final Options options;
  private final AtomicReference<Machine> running = new AtomicReference<>();
  private DeviceOption devices;
  private List<NetCard> cards;
  private StdioConsole console;

  RunCommand(Options options) {
    this.options = options;
  }

  /**
   * Runs.
   *
   * @return the process's exit status
   */
  int run() throws InterruptedException {
    long ram = MemorySize.parse(options.memory);
    int vcpus = SmpOption.parse(options.smp);
    AccelOption accel = AccelOption.parse(options.enableKvm ? "kvm" : MachineOption.accel(options));
    CpuModel cpu = cpuModel();
    AcceleratorChoice.Chosen chosen = new AcceleratorChoice().choose(accel.name());
    List<DriveConfig> drives = DriveList.of(options.drives);
    devices = DeviceOption.parse(options.devices);
    BootPlan plan = BootOption.parse(options.firmware.boot);
    options.peripherals.missing().forEach(this::tell);
    PcConfig.Builder config =
        PcConfig.builder(ram)
            .vcpus(vcpus)
            .cpu(cpu)
            .irqchip(accel.irqchip())
            .accelOptions(accel.options())
            .rtc(RtcOption.parse(options.peripherals.localTime ? "base=localtime" : options.rtc))
            .debugcon(debugconPort())
            .debugExit(devices.debugExit())
            .testDevices(devices.testDevices())
            .endsAtReset(options.noReboot)
            .timedExits(options.stats);
    try (HostNets nets = new HostNets(options.nets, devices.nics(), this::tell);
        HostDrives opened = new HostDrives(drives, this::tell)) {
      cards = nets.cards();
      BootChoice boot = BootChoice.of(options, drives); // it may download: mistakes come first
      config.boot(boot.kernel()).firmware(options.firmware.config(boot.rom(), plan));
      boolean chose = accel.name().equals("auto");
      return runOn(opened, config.build(), chosen, chose || options.verbose);
    }
  }

  private int runOn(
      HostDrives drives, PcConfig config, AcceleratorChoice.Chosen chosen, boolean tells)
      throws InterruptedException {
    List<CharBackend> serials = serials();
    HostEnds ends =
        new HostEnds(
            ram(),
            serials,
            debugcon(),
            VmlinuxCache.ofUser(),
            drives.ide(),
            drives.floppies(),
            cards,
            this::tell);
    try (PcMachine pc = PcMachine.build(config, chosen.accelerator(), ends)) {
      running.set(pc.machine());
      if (tells) {
        tell(chosen.why());
      }
      pc.kernel()
          .ifPresent(
              kernel -> say("%s, entered at %#x".formatted(kernel.method(), kernel.entry())));
      if (console != null) {
        console.monitor().attach(pc, new DriveCommands(drives, pc));
      }
      Outcome outcome = pc.run();
      if (options.stats) {
        note(pc.machine().stats().table());
      }
      if (!outcome.report().isEmpty()) {
        note(options.name + ": " + outcome.report());
      }
      return ExitStatus.of(outcome);
    } finally {
      serials.forEach(RunCommand::close);
      close(ends.debugcon());
      if (console != null) {
        console.close();
      }
    }
  }

  private CpuModel cpuModel() {
    try {
      return CpuModel.parse(options.cpu);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage(), e);
    }
  }

  private static RamAllocator ram() {
    return System.getProperty("os.name").equals("Linux") ? new MmapRam() : RamAllocator.HEAP;
  }

  private List<CharBackend> serials() {
    List<String> wanted = options.serials.isEmpty() ? List.of("mon:stdio") : options.serials;
    if (wanted.size() > 4) {
      throw new UsageException("-serial: the machine has four serial ports, not " + wanted.size());
    }
    List<CharBackend> ends = new ArrayList<>();
    for (String device : wanted) {
      ends.add(charBackend("-serial", device));
    }
    return ends;
  }

  private CharBackend debugcon() {
    if (devices.debugcon() != null) {
      return charBackend("-device isa-debugcon", "chardev:" + devices.debugcon().chardev());
    }
    return options.debugcon == null ? null : charBackend("-debugcon", options.debugcon);
  }

  private int debugconPort() {
    return devices.debugcon() != null
        ? devices.debugcon().port()
        : options.peripherals.debugconPort(PcConfig.DEBUGCON);
  }

  private CharBackend charBackend(String option, String name) {
    String device = options.peripherals.resolve(option, name);
    if (device.equals("none")) {
      return null;
    }
    if (device.equals("null")) {
      return new NullChar();
    }
    if (device.equals("stdio") || device.equals("mon:stdio")) {
      if (console != null) {
        throw new UsageException(
            "%s %s: standard input is taken already".formatted(option, device));
      }
      console = new StdioConsole(device.startsWith("mon:"), this::stop);
      return console.line();
    }
    if (device.startsWith("file:")) {
      Path path = Path.of(device.substring(5));
      try {
        return new StreamChar(path.getFileName() + "-out", Files.newOutputStream(path));
      } catch (IOException e) {
        throw new UsageException(
            "%s %s: cannot be written: %s".formatted(option, device, e.getMessage()), e);
      }
    }
    throw new UsageException(
        "%s %s: not known; there are mon:stdio, stdio, file:PATH, null, none and chardev:ID"
            .formatted(option, device));
  }

  private void stop(Outcome why) {
    Machine machine = running.get();
    if (machine != null) {
      machine.stop(why);
    }
  }

  /** A line for those who asked for more. */
  private void say(String line) {
    if (options.verbose) {
      tell(line);
    }
  }

  /** A line that the user should know. */
  private void tell(String line) {
    note("jvmm: " + line);
  }

  /** A line on standard error; the terminal may be raw. */
  private void note(String text) {
    boolean raw = console != null && HostTerminal.isInteractive();
    System.err.print(raw ? text.replace("\n", "\r\n") + "\r\n" : text + System.lineSeparator());
  }

  private static void close(CharBackend backend) {
    if (backend != null) {
      backend.close();
    }
  }
}
