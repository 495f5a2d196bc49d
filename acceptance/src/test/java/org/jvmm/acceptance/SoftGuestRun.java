package org.jvmm.acceptance;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jvmm.console.StreamChar;
import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.run.Machine;
import org.jvmm.core.run.Outcome;
import org.jvmm.guests.GuestCatalog;
import org.jvmm.guests.GuestImage;
import org.jvmm.guests.GuestRecipe;
import org.jvmm.guests.fetch.GuestException;
import org.jvmm.guests.fetch.TerminalProgress;
import org.jvmm.kvm.MmapRam;
import org.jvmm.pc.HostEnds;
import org.jvmm.pc.IdeDrive;
import org.jvmm.pc.PcConfig;
import org.jvmm.pc.PcMachine;
import org.jvmm.pc.boot.VmlinuxCache;

/**
 * A guest that booted on the CPU written in Java, through the interface that embedders use, and ran
 * a command.
 *
 * @param outcome why it ended
 * @param console what it said
 */
record SoftGuestRun(Outcome outcome, String console) {
  /** Runs a command; without double quotes, and short enough for a kernel's command line. */
  static SoftGuestRun of(GuestRecipe recipe, int mebibytes, String command)
      throws IOException, InterruptedException {
    return of(recipe, mebibytes, command, List.of(), (machine, notice) -> {});
  }

  /**
   * Runs a command in a guest with drives.
   *
   * @param notices takes what a user would be told
   */
  static SoftGuestRun of(
      GuestRecipe recipe,
      int mebibytes,
      String command,
      List<IdeDrive> drives,
      BiConsumer<Machine, String> notices)
      throws IOException, InterruptedException {
    GuestImage guest = guest(recipe);
    ByteArrayOutputStream console = new ByteArrayOutputStream();
    String append = guest.append() + " panic=-1 quiet \"jvmm.run=" + command + "\"";
    PcConfig.Boot boot = new PcConfig.Boot(guest.kernel(), guest.initrd(), append);
    PcConfig config =
        PcConfig.builder((long) mebibytes << 20)
            .boot(boot)
            .rtc(LocalDateTime.of(2026, 1, 31, 12, 0))
            .build();
    AtomicReference<Machine> running = new AtomicReference<>();
    Outcome outcome;
    try (StreamChar line = new StreamChar("console", console)) {
      HostEnds ends =
          new HostEnds(
              new MmapRam(),
              List.of(line),
              null,
              VmlinuxCache.ofUser(),
              drives,
              List.of(),
              List.of(),
              notice -> notices.accept(running.get(), notice));
      try (PcMachine pc = PcMachine.build(config, soft(), ends)) {
        running.set(pc.machine());
        outcome = pc.run();
      }
    }
    return new SoftGuestRun(outcome, console.toString(StandardCharsets.UTF_8));
  }

  private static Accelerator soft() {
    return ServiceLoader.load(Accelerator.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(each -> each.name().equals("soft"))
        .findFirst()
        .orElseThrow();
  }

  /** A guest of a recipe; skips the test where none can be made. */
  static GuestImage guest(GuestRecipe recipe) throws IOException {
    try {
      return GuestCatalog.ofHost(Optional.empty())
          .provide(recipe, new TerminalProgress(System.out, false));
    } catch (GuestException e) {
      assumeTrue(false, "the guest cannot be made here: " + e.getMessage());
      throw e;
    }
  }
}
