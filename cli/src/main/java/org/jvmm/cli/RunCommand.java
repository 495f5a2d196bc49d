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
  private SocketMonitor socket;

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
    if (options.refusal != null) {
      throw new UsageException(options.refusal);
    }
    ActionOption actions = ActionOption.of(options);
    List<AccelOption> accels = new ArrayList<>();
    MachineOption.accels(options).forEach(each -> accels.add(AccelOption.parse(each)));
    CpuModel cpu = cpuModel();
    AcceleratorChoice choice = new AcceleratorChoice();
    AccelOption accel = choice.first(accels);
    AcceleratorChoice.Chosen chosen = choice.choose(accel.name());
    devices = DeviceOption.parse(options.devices);
    List<DriveConfig> drives = DriveList.of(options.drives, devices.drives());
    BootPlan plan = BootOption.plan(options.firmware, drives);
    options.peripherals.missing().forEach(this::tell);
    options.absent.forEach(this::tell);
    devices.absent().forEach(this::tell);
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
            .endsAtReset(actions.endsAtReset())
            .staysAtPowerOff(actions.staysAtPowerOff())
            .timedExits(options.stats);
    if (options.pidFile != null) {
      PidFile.write(options.pidFile);
    }
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
    openMonitor();
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
      DriveCommands commands = new DriveCommands(drives, pc);
      if (console != null) {
        console.monitor().attach(pc, commands);
      }
      if (socket != null) {
        socket.serve(pc, commands);
      }
      Outcome outcome = options.stopped ? pc.machine().await() : pc.run();
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
      if (socket != null) {
        socket.close();
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
    List<String> wanted = options.serials.isEmpty() ? usualSerial() : options.serials;
    if (wanted.size() > 4) {
      throw new UsageException("-serial: the machine has four serial ports, not " + wanted.size());
    }
    List<CharBackend> ends = new ArrayList<>();
    for (String device : wanted) {
      ends.add(charBackend("-serial", device));
    }
    return ends;
  }

  /** Where COM1 goes if nobody says, as with QEMU's -nographic. */
  private List<String> usualSerial() {
    if (options.noDefaults) {
      return List.of();
    }
    if (options.monitor == null) {
      return List.of("mon:stdio");
    }
    if (monitorIsOnStdio()) {
      tell("-monitor stdio: COM1 goes nowhere; -serial file:PATH keeps what the guest says");
      return List.of("null");
    }
    return List.of("stdio");
  }

  private boolean monitorIsOnStdio() {
    return options.monitor != null
        && options.peripherals.resolve("-monitor", options.monitor).endsWith("stdio");
  }

  /** Gives the monitor the terminal if it is wanted there; else it is behind the console's keys. */
  private void openMonitor() {
    if (monitorIsOnStdio()) {
      console = new StdioConsole(StdioConsole.Use.MONITOR, this::stop);
    } else if (options.monitor != null && SocketMonitor.isMeant(options.monitor)) {
      socket = SocketMonitor.listen(options.monitor);
    } else if (options.monitor != null && !options.monitor.matches("none|null|vc")) {
      throw new UsageException(
          "-monitor %s: not known; there are stdio, unix:PATH, tcp:HOST:PORT and none"
              .formatted(options.monitor));
    }
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
      boolean both = device.startsWith("mon:");
      console =
          new StdioConsole(both ? StdioConsole.Use.MULTIPLEXED : StdioConsole.Use.LINE, this::stop);
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
