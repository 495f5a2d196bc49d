package org.jvmm.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** jvmm's own command line, in QEMU's manner. */
@Command(
    name = "jvmm",
    sortOptions = false,
    usageHelpAutoWidth = true,
    customSynopsis = {
      "java -jar jvmm.jar [options]",
      "java -jar jvmm.jar doctor              what this host offers, and a probe guest",
    },
    description = {
      "",
      "Runs an x86 virtual machine. The options are QEMU's. Drives boot by SeaBIOS;",
      "without -kernel and drives a small Debian guest boots. Guest and SeaBIOS are",
      "made from Debian's packages on first use and kept in the user's cache.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  java -jar jvmm.jar",
      "  java -jar jvmm.jar -m 1G -smp 2 -nographic -kernel bzImage -initrd initrd.gz \\",
      "       -append \"console=ttyS0\"",
      "  java -jar jvmm.jar -m 1G -hda disk.img -cdrom install.iso -boot d",
      "  java -jar jvmm.jar -accel kvm -cpu host,-avx512f -stats",
      "",
      "Keys on the console: Ctrl-A H help, Ctrl-A X quit, Ctrl-A C monitor.",
      "Exit status: 0 power off, 1 the host failed, 2 a request that cannot be met, 10 guest"
          + " panic,",
      "12 triple fault, 14 the accelerator gave up; isa-debug-exit: what the guest wrote * 2 + 1."
    })
final class Options {
  @Option(
      names = "-m",
      paramLabel = "SIZE",
      description = "guest RAM in MiB, or with K, M, G (default: 512M)")
  String memory = "512M";

  @Option(names = "-smp", paramLabel = "N", description = "number of vCPUs (default: 1)")
  String smp = "1";

  @Option(
      names = "-cpu",
      paramLabel = "MODEL",
      description = "CPU model and features: host,-avx2,+x2apic (default: host)")
  String cpu = "host";

  @Option(
      names = "-accel",
      paramLabel = "NAME",
      description =
          "auto, kvm or soft, with ,kernel-irqchip=on|split|off; kvm with ,rescue=on|off|inject-ud: what"
              + " becomes of an instruction that KVM cannot emulate, the CPU in Java executes it, the"
              + " machine ends, the guest gets #UD; given again: what to take where that one cannot be"
              + " used (default: auto; rescue=on)")
  List<String> accels = new ArrayList<>();

  @Option(names = "-enable-kvm", description = "the same as -accel kvm")
  boolean enableKvm;

  @Option(names = "-no-kvm", hidden = true)
  boolean noKvm;

  @Option(
      names = {"-machine", "-M"},
      paramLabel = "TYPE",
      description = "pc, with ,accel=NAME (default: pc)")
  String machine = "pc";

  @Option(
      names = "-kernel",
      paramLabel = "FILE",
      description = "Linux bzImage, ELF vmlinux, or Multiboot kernel")
  Path kernel;

  @Option(
      names = "-initrd",
      paramLabel = "FILE",
      description = "initial RAM disk for the kernel; Multiboot: \"FILE ARGS,FILE ARGS\"")
  Path initrd;

  @Option(names = "-append", paramLabel = "TEXT", description = "the kernel's command line")
  String append;

  @Option(
      names = "-guest",
      paramLabel = "NAME",
      description =
          "which guest to make where nothing else boots: debian, debian-cloud, debian-686 "
              + "(default: debian)")
  String guest;

  @Option(
      names = "-mirror",
      paramLabel = "URL",
      description = "Debian mirror for -guest (default: the host's own)")
  String mirror;

  @Mixin FirmwareOptions firmware = new FirmwareOptions();

  @Mixin DriveOptions drives = new DriveOptions();

  @Mixin NetOptions nets = new NetOptions();

  @Mixin PeripheralOptions peripherals = new PeripheralOptions();

  /** What QEMU has and the guest runs without, a line each. */
  final List<String> absent = new ArrayList<>();

  /** Why the line cannot be obeyed, or null. */
  String refusal;

  @Option(
      names = "-nographic",
      description = "serial console on the terminal (the default while there is no display)")
  boolean nographic;

  @Option(
      names = "-serial",
      paramLabel = "DEV",
      description =
          "COM1, then COM2...: mon:stdio, stdio, file:PATH, null, none (default: mon:stdio)")
  List<String> serials = new ArrayList<>();

  @Option(
      names = "-debugcon",
      paramLabel = "DEV",
      description = "debug console at port 0xe9: file:PATH or stdio")
  String debugcon;

  @Option(
      names = "-device",
      paramLabel = "DEV",
      description =
          "isa-debug-exit,iobase=0xf4,iosize=4; isa-debugcon,iobase=0x402,chardev=ID; "
              + "pc-testdev; pci-testdev,membar=SIZE; ne2k_pci,netdev=ID,mac=ADDRESS")
  List<String> devices = new ArrayList<>();

  @Option(
      names = "-monitor",
      paramLabel = "DEV",
      description =
          "stdio: the monitor has the terminal; unix:PATH,server=on,wait=off or tcp:HOST:PORT,...;"
              + " none (default: behind Ctrl-A C)")
  String monitor;

  @Option(names = "-nodefaults", description = "no serial port and no monitor but those named")
  boolean noDefaults;

  @Option(names = "-S", description = "stand until the monitor's cont")
  boolean stopped;

  @Option(
      names = "-no-reboot",
      description = "end when the guest resets, instead of starting it again")
  boolean noReboot;

  @Option(
      names = "-no-shutdown",
      description = "pause when the guest powers off, instead of ending")
  boolean noShutdown;

  @Option(
      names = "-action",
      paramLabel = "EVENT=",
      description = "reboot=reset|shutdown, shutdown=poweroff|pause",
      hidden = true)
  List<String> actions = new ArrayList<>();

  @Option(
      names = "-pidfile",
      paramLabel = "FILE",
      description = "write the process's id there, while it runs")
  Path pidFile;

  @Option(names = "-name", paramLabel = "NAME", description = "a name for the machine, in reports")
  String name = "jvmm";

  @Option(
      names = "-rtc",
      paramLabel = "base=",
      description = "base=utc, base=localtime or base=2026-01-31T12:00:00 (default: base=utc)")
  String rtc = "base=utc";

  @Option(
      names = "-stats",
      description =
          "print exits per reason and device, with handling times, and the memory in use at the end")
  boolean stats;

  @Option(
      names = {"-v", "-verbose"},
      description = "say how things are done; stack traces with errors")
  boolean verbose;

  @Option(
      names = {"-version", "--version"},
      versionHelp = true,
      description = "print the version")
  boolean version;

  @Option(
      names = {"-h", "-help", "--help"},
      usageHelp = true,
      description = "print this help")
  boolean help;
}
