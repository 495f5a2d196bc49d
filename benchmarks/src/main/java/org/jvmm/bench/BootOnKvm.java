package org.jvmm.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Boots a stock kernel on this host's KVM three times: with {@code rescue=on}, with QEMU and with
 * {@code rescue=off}. Where KVM is an emulator, the last two end at an instruction that it does not
 * know, or are still on the way to it after two minutes. Prints how far each comes and in what
 * time, and what it says at its end. With a vmlinux QEMU's guest does not unpack itself first.
 */
public final class BootOnKvm {
  /** Of the guest's shell; busybox asks the terminal for its size behind it. */
  private static final String PROMPT = "~# ";

  /** Its 7.2 sets an MSR of this feature that not every KVM has, and ends by an assertion. */
  private static final List<String> QEMU =
      List.of("qemu-system-x86_64", "-accel", "kvm", "-cpu", "host,-arch-capabilities");

  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final List<String> boot;

  private BootOnKvm(Path kernel, Path initrd) {
    boot =
        List.of(
            "-m",
            "512",
            "-nographic",
            "-no-reboot",
            "-kernel",
            kernel.toString(),
            "-initrd",
            initrd.toString(),
            "-append",
            "console=ttyS0 panic=-1 quiet");
  }

  /**
   * Measures.
   *
   * @param args jvmm.jar, then kernel and initrd (without them the default guest of the user's
   *     cache), then further options of the java command line
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length == 0) {
      System.err.println("arguments: jvmm.jar [kernel initrd [java options]]");
      System.exit(2);
    }
    boolean own = args.length > 2;
    Path kernel = own ? Path.of(args[1]) : BootBesideQemu.cached("vmlinuz");
    Path initrd = own ? Path.of(args[2]) : BootBesideQemu.cached("initrd");
    List<String> jvm = new ArrayList<>();
    jvm.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    jvm.addAll(List.of(args).subList(Math.min(3, args.length), args.length));
    jvm.addAll(List.of("-jar", args[0], "-stats", "-accel"));
    BootOnKvm bench = new BootOnKvm(kernel, initrd);
    System.out.printf("%s, %s%n", kernel, initrd);
    bench.run("rescue=on", with(jvm, "kvm,rescue=on"));
    bench.run("qemu kvm", QEMU);
    bench.run("rescue=off", with(jvm, "kvm,rescue=off"));
  }

  private static List<String> with(List<String> command, String accel) {
    List<String> all = new ArrayList<>(command);
    all.add(accel);
    return all;
  }

  private void run(String name, List<String> command) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(command);
    all.addAll(boot);
    long start = System.nanoTime();
    Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
    try (OutputStream in = process.getOutputStream()) {
      var output = new BootBesideQemu.Output(process, process.getInputStream(), LIMIT);
      boolean there = awaitEnd(output);
      System.out.printf(
          "%-10s %6.2f s %s%n", name, seconds(start), there ? "to the prompt" : "and no prompt");
      if (there) {
        in.write("poweroff -f\n".getBytes(StandardCharsets.US_ASCII));
        in.flush();
        process.waitFor(1, TimeUnit.MINUTES);
      } else {
        TimeUnit.SECONDS.sleep(1); // a report follows
      }
      System.out.println(output.rest().indent(4));
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  /** Whether the prompt comes, rather than a failure, the end of the process or of the time. */
  private static boolean awaitEnd(BootBesideQemu.Output output) throws InterruptedException {
    try {
      return output.awaitAny(PROMPT, "KVM internal error", "emulation failure").equals(PROMPT);
    } catch (IOException none) {
      return false;
    }
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }
}
