package org.jvmm.cli;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Locale;
import java.util.function.Consumer;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.run.Lifecycle;
import org.jvmm.core.run.Machine;
import org.jvmm.core.run.Outcome;
import org.jvmm.core.run.VcpuRunner;
import org.jvmm.pc.PcMachine;

/**
 * The monitor behind Ctrl-A C: the few of QEMU's commands that a machine without displays has a use
 * for.
 */
final class Monitor {
  static final String PROMPT = "(jvmm) ";

  private static final String HELP =
      """
      cont|c            go on after stop
      info exits        exits per reason and device
      info registers    registers of all vCPUs
      info status       whether the machine runs
      quit|q            end jvmm
      stop|s            pause the machine
      system_powerdown  press the power button
      system_reset      reset the machine
      """;

  private static final int LONGEST_LINE = 256;

  private final Consumer<String> out;
  private final StringBuilder line = new StringBuilder();
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private final ByteBuffer partial = ByteBuffer.allocate(8);
  private DriveCommands drives;
  private volatile PcMachine pc;

  Monitor(Consumer<String> out) {
    this.out = out;
  }

  /** The machine that commands are for, and those about its drives. */
  void attach(PcMachine newPc, DriveCommands driveCommands) {
    drives = driveCommands;
    pc = newPc;
  }

  void type(byte key) {
    switch (key) {
      case '\r', '\n' -> {
        out.accept("\n");
        String command = line.toString().trim();
        line.setLength(0);
        out.accept(execute(command) + PROMPT);
      }
      case '\b', 0x7f -> {
        if (!line.isEmpty()) {
          line.setLength(line.length() - 1);
          out.accept("\b \b");
        }
      }
      default -> {
        if ((key >= ' ' || key < 0) && line.length() < LONGEST_LINE) {
          String typed = decode(key);
          line.append(typed);
          out.accept(typed);
        }
      }
    }
  }

  /** The characters that a byte completes: in UTF-8 not each does. */
  private String decode(byte key) {
    partial.put(key).flip();
    CharBuffer typed = CharBuffer.allocate(partial.capacity());
    decoder.decode(partial, typed, false);
    partial.compact();
    return typed.flip().toString();
  }

  /** Executes a command and returns what it prints. */
  String execute(String command) {
    if (command.isEmpty() || pc == null) {
      return "";
    }
    Machine now = pc.machine();
    try {
      return switch (command) {
        case "help", "?" -> HELP + DriveCommands.HELP;
        case "info status" ->
            "VM status: %s\n".formatted(now.state().name().toLowerCase(Locale.ROOT));
        case "info exits" -> now.stats().table();
        case "info registers" -> registers(now);
        case "stop", "s" -> {
          if (now.state() == Lifecycle.RUNNING) {
            now.pause();
          }
          yield "";
        }
        case "cont", "c" -> {
          if (now.state() == Lifecycle.PAUSED) {
            now.resume();
          }
          yield "";
        }
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
        default -> drives.execute(command).orElse("unknown command: '%s'\n".formatted(command));
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    } catch (IllegalStateException e) {
      return e.getMessage() + "\n"; // the machine stopped under the command
    }
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
