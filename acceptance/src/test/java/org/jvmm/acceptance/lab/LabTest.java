package org.jvmm.acceptance.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** jvmm.jar on a real kvm_amd: every script of {@code lab/checks}, in one boot of the lab. */
@Tag("lab")
final class LabTest {
  private static final int LIMIT = 1800;

  @TestFactory
  Stream<DynamicTest> everyCheckPassesOnARealKvm(@TempDir Path staging)
      throws IOException, InterruptedException {
    Lab.obstacle().ifPresent(why -> assumeTrue(false, why));
    LabFiles.stage(staging);
    var log = new CheckLog();
    int status =
        Lab.run(
            Lab.checks().resolve("run"),
            List.of(staging),
            LIMIT,
            line -> {
              System.out.println(line);
              log.line(line);
            });
    Stream<DynamicTest> checks =
        log.finished().stream().map(check -> dynamicTest(check.name(), () -> verify(check)));
    DynamicTest end =
        dynamicTest(
            "the lab runs to its end", () -> assertNotEquals(true, status > 100, log::rest));
    return Stream.concat(checks, Stream.of(end));
  }

  private static void verify(CheckLog.Check check) {
    assumeTrue(check.status() != CheckLog.SKIPPED, check::reason);
    assertEquals(0, check.status(), check::failure);
  }
}
