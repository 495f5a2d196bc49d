package org.jvmm.cli.img;

import java.io.IOException;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jvmm.block.BlockImage;
import org.jvmm.block.Checkable;
import org.jvmm.block.Checkable.Repair;
import org.jvmm.block.Checkable.Result;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;

/** {@code img check}: verifies an image's bookkeeping and mends it. */
final class CheckCommand extends ImgCommand {
  private static final int CORRUPT = 2;
  private static final int LEAKS = 3;
  private static final int NOT_SUPPORTED = 63;

  @Override
  String usage() {
    return """
    check FILE  verify an image's bookkeeping, and mend it
      --output FORMAT     human (usual) or json
      -r WHAT             mend what is found: leaks or all
      -T CACHE            accepted and ignored
    example: jvmm img check -r leaks disk.qcow2
    status: 0 clean, 1 failed, 2 corrupt, 3 leaks, 63 the format has nothing to check
    """;
  }

  @Override
  int run(PrintStream out, PrintStream err) throws IOException {
    String file = args.operand(0);
    boolean json = asJson();
    Repair wanted = repair();
    OpenOptions options =
        wanted == Repair.NONE ? reading().withRepair(true) : OpenOptions.WRITABLE.withRepair(true);
    try (BlockImage image = Images.open(file, format, options.withBacking(false))) {
      if (!(image instanceof Checkable checkable)) {
        err.println("jvmm img: This image format does not support checks");
        return NOT_SUPPORTED;
      }
      Result result = checkable.check(wanted);
      boolean mended = result.corruptionsFixed() + result.leaksFixed() > 0;
      if (mended && !json) {
        result.messages().forEach(err::println);
        printMended(result, out);
      }
      Result after = mended ? checkable.check(Repair.NONE) : result;
      if (json) {
        out.println(Json.of(json(file, image.format(), result, after)));
      } else {
        after.messages().forEach(err::println);
        print(after, out);
      }
      return after.corruptions() > 0 ? CORRUPT : after.leaks() > 0 ? LEAKS : 0;
    }
  }

  private Repair repair() throws IOException {
    String repair = args.value("-r", "none");
    require(
        !args.has("-r") || repair.matches("leaks|all"),
        "-r %s: the repair is leaks or all".formatted(repair));
    return Repair.valueOf(repair.toUpperCase(Locale.ROOT));
  }

  private void printMended(Result result, PrintStream out) {
    if (!quiet) {
      out.println("The following inconsistencies were found and repaired:\n");
      out.println("    %d leaked clusters".formatted(result.leaksFixed()));
      out.println("    %d corruptions\n".formatted(result.corruptionsFixed()));
      out.println("Double checking the fixed image now...");
    }
  }

  private void print(Result result, PrintStream out) {
    if (quiet) {
      return;
    }
    if (result.corruptions() == 0 && result.leaks() == 0) {
      out.println("No errors were found on the image.");
    }
    if (result.corruptions() > 0) {
      out.println(
          ("\n%d errors were found on the image.\nData may be corrupted, or further writes to the"
                  + " image may corrupt it.")
              .formatted(result.corruptions()));
    }
    if (result.leaks() > 0) {
      out.println(
          ("\n%d leaked clusters were found on the image.\nThis means waste of disk space, but no"
                  + " harm to data.")
              .formatted(result.leaks()));
    }
    if (result.totalClusters() != 0 && result.allocatedClusters() != 0) {
      out.println(
          String.format(
              Locale.ROOT,
              "%d/%d = %.2f%% allocated, %.2f%% fragmented, %.2f%% compressed clusters",
              result.allocatedClusters(),
              result.totalClusters(),
              100.0 * result.allocatedClusters() / result.totalClusters(),
              100.0 * result.fragmentedClusters() / result.allocatedClusters(),
              100.0 * result.compressedClusters() / result.allocatedClusters()));
    }
    if (result.imageEnd() != 0) {
      out.println("Image end offset: " + result.imageEnd());
    }
  }

  /** The fields of qemu-img's JSON, in its order. */
  private static Map<String, Object> json(
      String file, String imageFormat, Result first, Result after) {
    Map<String, Object> map = new LinkedHashMap<>();
    putIfSet(map, "image-end-offset", after.imageEnd());
    putIfSet(map, "compressed-clusters", after.compressedClusters());
    putIfSet(map, "total-clusters", after.totalClusters());
    putIfSet(map, "corruptions-fixed", first.corruptionsFixed());
    putIfSet(map, "corruptions", after.corruptions());
    map.put("check-errors", 0);
    putIfSet(map, "leaks-fixed", first.leaksFixed());
    putIfSet(map, "leaks", after.leaks());
    putIfSet(map, "allocated-clusters", after.allocatedClusters());
    map.put("filename", file);
    map.put("format", imageFormat);
    putIfSet(map, "fragmented-clusters", after.fragmentedClusters());
    return map;
  }

  private static void putIfSet(Map<String, Object> map, String name, long value) {
    if (value != 0) {
      map.put(name, value);
    }
  }
}
