package org.jvmm.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.console.StreamChar;
import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.run.Outcome;
import org.jvmm.guests.GuestCatalog;
import org.jvmm.guests.GuestImage;
import org.jvmm.guests.GuestRecipe;
import org.jvmm.guests.fetch.GuestException;
import org.jvmm.guests.fetch.TerminalProgress;
import org.jvmm.kvm.MmapRam;
import org.jvmm.pc.HostEnds;
import org.jvmm.pc.PcConfig;
import org.jvmm.pc.PcMachine;
import org.jvmm.pc.boot.VmlinuxCache;

/** The default guest boots on the CPU written in Java, through the interface that embedders use. */
final class SoftLinuxTest {
  @Test
  @Timeout(600)
  void debianRunsACommandAndPowersOff() throws IOException, InterruptedException {
    GuestImage guest = guest();
    ByteArrayOutputStream console = new ByteArrayOutputStream();
    PcConfig.Boot boot =
        new PcConfig.Boot(
            guest.kernel(),
            guest.initrd(),
            guest.append() + " panic=-1 quiet \"jvmm.run=uname -m; echo sum $((6 * 7))\"");
    PcConfig config =
        PcConfig.builder(512L << 20).boot(boot).rtc(LocalDateTime.of(2026, 1, 31, 12, 0)).build();
    Outcome outcome;
    try (StreamChar line = new StreamChar("console", console)) {
      HostEnds ends = new HostEnds(new MmapRam(), List.of(line), null, VmlinuxCache.ofUser());
      try (PcMachine pc = PcMachine.build(config, soft(), ends)) {
        outcome = pc.run();
      }
    }
    String text = console.toString(StandardCharsets.UTF_8);
    assertEquals(Outcome.Kind.POWER_OFF, outcome.kind(), () -> outcome.report() + "\n" + text);
    assertTrue(
        text.contains("x86_64") && text.contains("sum 42") && text.contains("jvmm: exit 0"), text);
  }

  private static Accelerator soft() {
    return ServiceLoader.load(Accelerator.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(each -> each.name().equals("soft"))
        .findFirst()
        .orElseThrow();
  }

  private static GuestImage guest() throws IOException {
    try {
      return GuestCatalog.ofHost(Optional.empty())
          .provide(GuestRecipe.DEBIAN, new TerminalProgress(System.out, false));
    } catch (GuestException e) {
      assumeTrue(false, "the default guest cannot be made here: " + e.getMessage());
      throw e;
    }
  }
}
