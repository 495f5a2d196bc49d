package org.jvmm.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** QEMU's image tool, the other implementation of the formats. */
public final class QemuImg {
  /** What it said and how it ended. */
  public record Outcome(int status, String output) {}

  private static final boolean AVAILABLE =
      Arrays.stream(System.getenv("PATH").split(":"))
          .anyMatch(each -> Files.isExecutable(Path.of(each, "qemu-img")));

  private QemuImg() {}

  /** Ends the test, with the reason, where the tool is not installed. */
  public static void assumeInstalled() {
    assumeTrue(AVAILABLE, "qemu-img is not installed (Debian package qemu-utils)");
  }

  /** Whether the tool is installed. */
  public static boolean installed() {
    return AVAILABLE;
  }

  /** Runs it; fails if it fails. */
  public static String run(Object... arguments) throws IOException {
    Outcome outcome = attempt(arguments);
    assertEquals(0, outcome.status(), () -> List.of(arguments) + ": " + outcome.output());
    return outcome.output();
  }

  /** Runs it. */
  public static Outcome attempt(Object... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("qemu-img"));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      return new Outcome(process.waitFor(), output);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
