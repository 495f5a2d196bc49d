package org.jvmm.cli;

import java.util.List;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;

/**
 * QEMU's options that this machine has no use for. One that changes nothing here is passed over;
 * one without which a guest still runs is told of; one that the user would rely on is refused.
 */
final class ForeignOptions {
  /** Options without an argument that change nothing here. */
  private static final List<String> SWITCHES =
      List.of(
          "-no-user-config",
          "-no-hpet",
          "-win2k-hack",
          "-full-screen",
          "-no-frame",
          "-no-quit",
          "-alt-grab",
          "-ctrl-grab",
          "-rtc-td-hack",
          "-tdf",
          "-no-kqemu",
          "-no-kvm-irqchip",
          "-no-kvm-pit",
          "-only-migratable",
          "-async-teardown",
          "-mem-prealloc");

  /** Options with one that change nothing here. */
  private static final List<String> VALUES =
      List.of("-k", "-audiodev", "-audio", "-msg", "-overcommit", "-sandbox", "-compat", "-D");

  private static final String NO_DISPLAY = "there is no display so far";
  private static final String NO_DEVICE = "there is no such device; the guest runs without";
  private static final String NO_NETWORK = "there is no such network so far";
  private static final String NO_DEBUGGER = "there is no debugger's end so far";
  private static final String NO_QMP = "there is no QMP; -monitor stdio is for people";
  private static final String NO_STATE = "a machine's state cannot be kept so far";
  private static final String NO_FILES = "options cannot be read from a file";
  private static final String ONLY_DRIVES =
      "drives are given by -drive, -hda to -hdd, -cdrom, -fda";

  /** What a guest runs without. */
  private static final List<Told> TOLD =
      List.of(
          new Told("-vnc", true, NO_DISPLAY),
          new Told("-spice", true, NO_DISPLAY),
          new Told("-sdl", false, NO_DISPLAY),
          new Told("-curses", false, NO_DISPLAY),
          new Told("-std-vga", false, NO_DISPLAY),
          new Told("-soundhw", true, NO_DEVICE),
          new Told("-balloon", true, NO_DEVICE),
          new Told("-watchdog", true, NO_DEVICE),
          new Told("-redir", true, NO_NETWORK),
          new Told("-tftp", true, NO_NETWORK),
          new Told("-bootp", true, NO_NETWORK),
          new Told("-smb", true, NO_NETWORK),
          new Told("-L", true, "QEMU's files are not used; -bios takes a path"));

  /** What a user would rely on. */
  private static final List<Told> REFUSED =
      List.of(
          new Told("-gdb", true, NO_DEBUGGER),
          new Told("-s", false, NO_DEBUGGER),
          new Told("-singlestep", false, NO_DEBUGGER),
          new Told("-d", true, "there is no such log; -stats counts exits"),
          new Told("-trace", true, "there is no such log; -stats counts exits"),
          new Told("-plugin", true, "there are no plugins"),
          new Told("-icount", true, "time cannot be bound to instructions"),
          new Told("-qmp", true, NO_QMP),
          new Told("-qmp-pretty", true, NO_QMP),
          new Told("-mon", true, "the monitor is where -monitor says, or behind Ctrl-A C"),
          new Told("-loadvm", true, NO_STATE),
          new Told("-incoming", true, NO_STATE),
          new Told("-daemonize", false, "start it with nohup and & instead"),
          new Told("-runas", true, "start it as that user instead"),
          new Told("-chroot", true, "start it there instead"),
          new Told("-readconfig", true, NO_FILES),
          new Told("-writeconfig", true, NO_FILES),
          new Told("-iscsi", true, ONLY_DRIVES),
          new Told("-sd", true, ONLY_DRIVES),
          new Told("-mtdblock", true, ONLY_DRIVES),
          new Told("-pflash", true, "there is no flash memory; -bios takes firmware as a ROM"),
          new Told("-virtfs", true, "fat:DIR and iso:DIR are drives with a directory's files"),
          new Told("-fsdev", true, "fat:DIR and iso:DIR are drives with a directory's files"),
          new Told("-object", true, "there are no such objects"),
          new Told("-numa", true, "all memory is one node"),
          new Told("-mem-path", true, "memory is the process's own"),
          new Told("-smbios", true, "the tables' contents are fixed, but for -uuid"),
          new Told("-acpitable", true, "the tables' contents are fixed"),
          new Told("-tpmdev", true, "there is no TPM"));

  private final CommandSpec spec;
  private final Options options;

  private ForeignOptions(CommandSpec spec, Options options) {
    this.spec = spec;
    this.options = options;
  }

  /**
   * An option that has a consequence.
   *
   * @param takesValue whether an argument follows it
   * @param why what the user should know
   */
  private record Told(String name, boolean takesValue, String why) {
    String line(Object value) {
      return takesValue ? "%s %s: %s".formatted(name, value, why) : "%s: %s".formatted(name, why);
    }
  }

  /**
   * Lets picocli know them, with no word of them in the help. What is met goes to {@link
   * Options#absent} and {@link Options#refusal}.
   */
  static void declare(CommandSpec spec, Options options) {
    new ForeignOptions(spec, options).declareAll();
  }

  private void declareAll() {
    SWITCHES.forEach(name -> declare(name, false, value -> {}));
    VALUES.forEach(name -> declare(name, true, value -> {}));
    for (Told each : TOLD) {
      declare(each.name, each.takesValue, value -> options.absent.add(each.line(value)));
    }
    for (Told each : REFUSED) {
      declare(each.name, each.takesValue, value -> refuse(each.line(value)));
    }
    declare("-parallel", true, this::parallel);
  }

  private void declare(String name, boolean takesValue, Consumer<Object> met) {
    spec.addOption(
        OptionSpec.builder(name)
            .arity(takesValue ? "1" : "0")
            .type(takesValue ? String.class : boolean.class)
            .hidden(true)
            .setter(new Met(met))
            .build());
  }

  /** picocli's setter, which answers with the old value; nobody asks for it. */
  private record Met(Consumer<Object> consumer) implements ISetter {
    @Override
    public <T> T set(T value) {
      if (value != null && !value.equals(false)) {
        consumer.accept(value);
      }
      return null;
    }
  }

  private void parallel(Object device) {
    if (!device.equals("none") && !device.equals("null")) {
      options.absent.add("-parallel %s: there is no parallel port".formatted(device));
    }
  }

  private void refuse(String line) {
    if (options.refusal == null) {
      options.refusal = line;
    }
  }
}
