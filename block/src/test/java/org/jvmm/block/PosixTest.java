package org.jvmm.block;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PosixTest {
  @Test
  void theLibraryIsLoadedFromAPrivateFileThatIsGone() throws IOException {
    assumeTrue(Posix.AVAILABLE, "needs Linux");
    List<String> mapped =
        Files.readAllLines(Path.of("/proc/self/maps")).stream()
            .filter(each -> each.contains("jffi"))
            .toList();
    assertTrue(
        mapped.stream().allMatch(each -> each.matches(".*/jvmm-\\d+/libjffi-1.2.so \\(deleted\\)")),
        mapped::toString);
    assertTrue(!mapped.isEmpty(), "jffi is in use");
    assertNull(System.getProperty("jffi.boot.library.path"));
  }
}
