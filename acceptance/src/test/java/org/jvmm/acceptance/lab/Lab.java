package org.jvmm.acceptance.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The script {@code acceptance/lab/lab}: a guest with a real kvm_amd /dev/kvm, one boot per run.
 */
final class Lab {
  private static final Path HOME = Path.of("lab").toAbsolutePath();
  private static final String COMMAND = HOME.resolve("lab").toString();

  private Lab() {}

  /** Why the lab cannot run on this host, in its own words; empty when it can. */
  static Optional<String> obstacle() throws IOException, InterruptedException {
    var said = new StringBuilder();
    int status = start(List.of(COMMAND, "check"), line -> said.append(line).append(' '));
    return status == 0 ? Optional.empty() : Optional.of(said.toString().strip());
  }

  /** The directory of scripts that run inside. */
  static Path checks() {
    return HOME.resolve("checks");
  }

  /**
   * Boots the lab and runs one of the scripts in it.
   *
   * @param script the file to run as root inside
   * @param files directories whose contents appear in the script's working directory
   * @param limit seconds after which the lab is killed
   * @param output receives each line that the script or the lab prints
   * @return the script's exit status, 124 after the limit, 125 when the lab failed
   */
  static int run(Path script, List<Path> files, int limit, Consumer<String> output)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(COMMAND, "run", "--timeout", Integer.toString(limit)));
    for (Path directory : files) {
      command.add("--files");
      command.add(directory.toString());
    }
    command.add(script.toString());
    return start(command, output);
  }

  private static int start(List<String> command, Consumer<String> output)
      throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      process.getOutputStream().close();
      lines.lines().forEach(output);
      return process.waitFor();
    } finally {
      process.destroy(); // the lab's own trap takes its QEMU along
    }
  }
}
