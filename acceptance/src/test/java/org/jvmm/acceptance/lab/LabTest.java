package org.jvmm.acceptance.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * jvmm.jar on a real kvm_amd: every script of {@code lab/checks}, in one boot of the lab. An
 * emulated processor may lose an interrupt, and with it a guest, QEMU's own too, or the lab's
 * kernel. So what does not pass is run again, in a new lab, and the log tells; what is wrong with
 * jvmm fails each time.
 */
@Tag("lab")
final class LabTest {
  private static final int LIMIT = 1800;
  private static final int LABS = 3;

  /** Names of checks, with commas between them; all that are checks where it is not set. */
  private static final String WANTED = System.getProperty("jvmm.lab.checks", "");

  @TestFactory
  Stream<DynamicTest> everyCheckPassesOnARealKvm(@TempDir Path staging)
      throws IOException, InterruptedException {
    Lab.obstacle().ifPresent(why -> assumeTrue(false, why));
    LabFiles.stage(staging);
    List<String> names = WANTED.isEmpty() ? all() : List.of(WANTED.split(","));
    var log = new CheckLog();
    List<String> rest = names;
    for (int lab = 0; lab < LABS && !rest.isEmpty(); lab++) {
      rest.forEach(name -> System.out.println("in this lab: " + name));
      run(staging, rest, log);
      rest = names.stream().filter(name -> !log.passed(name)).toList();
    }
    return names.stream().map(name -> dynamicTest(name, () -> verify(log, name)));
  }

  private static List<String> all() throws IOException {
    try (Stream<Path> scripts = Files.list(Lab.checks())) {
      return scripts
          .map(each -> each.getFileName().toString())
          .filter(name -> name.endsWith(".exp") || name.endsWith(".sh"))
          .sorted()
          .toList();
    }
  }

  private static void run(Path staging, List<String> names, CheckLog log)
      throws IOException, InterruptedException {
    Files.write(staging.resolve("only"), names);
    Lab.run(
        Lab.checks().resolve("run"),
        List.of(staging),
        LIMIT,
        line -> {
          System.out.println(line);
          log.line(line);
        });
  }

  private static void verify(CheckLog log, String name) {
    CheckLog.Check check = log.finished(name).orElseGet(() -> fail(log.failure(name)));
    assumeTrue(check.status() != CheckLog.SKIPPED, check::reason);
    assertEquals(0, check.status(), check::failure);
  }
}
