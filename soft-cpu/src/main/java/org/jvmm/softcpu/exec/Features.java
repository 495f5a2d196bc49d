package org.jvmm.softcpu.exec;

import java.util.HashMap;
import java.util.Map;
import org.jvmm.softcpu.isa.Op;
import org.jvmm.softcpu.isa.OpTable;

/** Which CPUID features have their instructions: those whose rows of the table are all bound. */
public final class Features {
  /** By feature of the table: whether all its rows are bound. */
  private static final Map<String, Boolean> BOUND = new HashMap<>();

  static {
    for (Op op : OpTable.rows()) {
      if (!op.feature.isEmpty()) {
        BOUND.merge(op.feature, Bindings.bound(op.mnemonic) != null, Boolean::logicalAnd);
      }
    }
  }

  private Features() {}

  private static boolean bound(String feature) {
    return BOUND.getOrDefault(feature, false);
  }

  /**
   * Whether a feature's instructions exist, and those that it stands on; true for a feature that
   * has none of its own.
   */
  public static boolean implemented(String feature) {
    return switch (feature) {
      case "fpu" -> Bindings.bound("fninit") != null;
      case "fxsr" -> Bindings.bound("fxsave") != null;
      case "mmx", "sse" -> bound(feature);
      case "sse2" -> bound(feature) && implemented("sse");
      case "pni" -> bound(feature) && implemented("sse2");
      case "ssse3" -> bound(feature) && implemented("pni");
      case "sse4_1" -> bound(feature) && implemented("ssse3");
      case "sse4_2" -> bound(feature) && implemented("sse4_1");
      case "aes", "pclmulqdq", "sha_ni" -> bound(feature) && implemented("sse2");
      default -> BOUND.getOrDefault(feature, true);
    };
  }
}
