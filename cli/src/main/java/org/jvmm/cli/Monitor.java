package org.jvmm.cli;

import java.util.EnumSet;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.run.Lifecycle;
import org.jvmm.core.run.Machine;
import org.jvmm.core.run.Outcome;
import org.jvmm.core.run.VcpuRunner;
import org.jvmm.pc.PcMachine;
import org.jvmm.pc.firmware.BootPlan;

/**
 * The monitor: the few of QEMU's commands that a machine without displays has a use for. What is
 * typed before there is a machine waits for it.
 */
final class Monitor {
  static final String PROMPT = "(jvmm) ";

  private static final String HELP =
      """
      boot_set ORDER    what the firmware boots from after the next reset: letters as for -boot
      cont|c            go on after stop
      help|? [COMMAND]  what there is
      info exits        exits per reason and device
      info pci          what is on the PCI bus, and where
      info registers    registers of all vCPUs
      info status       whether the machine runs
      info version      which jvmm this is
      quit|q            end jvmm
      stop|s            pause the machine
      system_powerdown  press the power button
      system_reset      reset the machine
      xp /FMT ADDR      show guest-physical memory; FMT: count, one of x d u o c, one of b h w g
      """;

  private final Consumer<String> out;
  private final LineEditor editor;
  private final CountDownLatch attached = new CountDownLatch(1);
  private final MemoryDump dump = new MemoryDump();
  private DriveCommands drives;
  private PcMachine pc;

  Monitor(Consumer<String> out) {
    this.out = out;
    this.editor = new LineEditor(out);
  }

  /** The machine that commands are for, and those about its drives. */
  void attach(PcMachine newPc, DriveCommands driveCommands) {
    drives = driveCommands;
    pc = newPc;
    attached.countDown();
  }

  /** Says where the user is, and awaits commands. */
  void greet() {
    out.accept("jvmm monitor - type 'help'\n" + PROMPT);
  }

  void type(byte key) {
    editor.type(key).ifPresent(command -> out.accept(execute(command) + PROMPT));
  }

  /** Executes a command and returns what it prints. */
  private String execute(String command) {
    if (command.isEmpty()) {
      return "";
    }
    try {
      attached.await();
      return execute(command, pc.machine());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    } catch (IllegalStateException e) {
      return e.getMessage() + "\n"; // the machine stopped under the command
    }
  }

  private String execute(String command, Machine now) throws InterruptedException {
    String[] words = command.split("\\s+", 2);
    return switch (command) {
      case "help", "?" -> HELP + DriveCommands.HELP;
      case "info", "help info", "? info" -> help("info");
      case "info status" -> "VM status: %s\n".formatted(status(now));
      case "info exits" -> now.stats().table();
      case "info pci" -> PciReport.of(pc.pciFunctions());
      case "info registers" -> registers(now);
      case "info version" -> Jvmm.version() + "\n";
      case "stop", "s" -> {
        if (now.state() == Lifecycle.RUNNING) {
          now.pause();
        }
        yield "";
      }
      case "cont", "c" -> goOn(now);
      case "quit", "q" -> {
        now.stop(Outcome.of(Outcome.Kind.QUIT));
        yield "";
      }
      case "system_powerdown" -> {
        pc.pressPowerButton();
        yield "";
      }
      case "system_reset" -> {
        pc.reset();
        yield "";
      }
      default ->
          switch (words[0]) {
            case "help", "?" -> help(words[1]);
            case "xp" -> dump.show(words.length > 1 ? words[1] : "", pc.memory());
            case "boot_set" -> bootSet(words.length > 1 ? words[1] : "");
            default -> onDrives(command);
          };
    };
  }

  private String onDrives(String command) {
    Optional<String> answer = drives.execute(command);
    return answer.orElse("unknown command: '%s'\n".formatted(command));
  }

  private static String help(String command) {
    String found =
        (HELP + DriveCommands.HELP)
            .lines()
            .filter(line -> line.startsWith(command))
            .map(line -> line + "\n")
            .collect(Collectors.joining());
    return found.isEmpty() ? "unknown command: '%s'\n".formatted(command) : found;
  }

  private String goOn(Machine now) {
    if (pc.isOff()) {
      return "Error: the guest has powered off; only system_reset lets it go on\n";
    }
    if (now.state() == Lifecycle.PAUSED || now.state() == Lifecycle.CREATED) {
      now.resume();
    }
    return "";
  }

  private String bootSet(String order) {
    if (order.isEmpty() || !BootPlan.isOrder(order)) {
      return "Error: usage: boot_set ORDER, of a, b, c, d and n, three at most\n";
    }
    pc.bootFrom(order);
    return "boot device list now set to %s\n".formatted(order);
  }

  private String status(Machine now) {
    return switch (now.state()) {
      case CREATED -> "paused (prelaunch)";
      case RUNNING -> "running";
      case PAUSED -> pc.isOff() ? "paused (shutdown)" : "paused";
      case STOPPED -> "stopped";
    };
  }

  private static String registers(Machine machine) throws InterruptedException {
    boolean running = machine.state() == Lifecycle.RUNNING;
    if (running) {
      machine.pause();
    }
    StringBuilder text = new StringBuilder();
    CpuState state = new CpuState();
    for (VcpuRunner runner : machine.vcpus()) {
      runner.vcpu().save(state, EnumSet.of(CpuState.Part.GENERAL, CpuState.Part.SYSTEM));
      text.append("CPU#%d%n%s".formatted(runner.vcpu().id(), state));
    }
    if (running) {
      machine.resume();
    }
    return text.toString();
  }
}
