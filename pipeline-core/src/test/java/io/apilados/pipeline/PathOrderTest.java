// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The architecture: a stage knows the stages before it and {@code control}; {@code metrics} sees all of them and is known to
 * the root alone.
 */
@Tag("once")
class PathOrderTest {

    private static final String ROOT = Pipeline.class.getPackageName();
    private static final List<String> PATH =
            List.of("source", "parse", "enrich", "batch", "deliver", "checkpoint", "report");
    private static final List<String> BESIDE = List.of("control", "metrics");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    @Test
    void packagesAreTheWordsOfThePath() {
        var packages = CLASSES.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> !name.equals(ROOT))
                .map(name -> name.substring(ROOT.length() + 1))
                .collect(Collectors.toCollection(TreeSet::new));

        var words = new TreeSet<>(PATH);
        words.addAll(BESIDE);
        assertThat(packages).isEqualTo(words);
    }

    @Test
    void stagesKnowEarlierStagesAndControlOnlyAndNobodyButTheRootKnowsMetrics() {
        assertThat(CLASSES.stream()
                        .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                        .filter(dependency -> {
                            String from = stage(dependency.getOriginClass());
                            String to = stage(dependency.getTargetClass());
                            return !from.equals(to) && !from.isEmpty() && !allowed(from, to);
                        })
                        .map(dependency -> dependency.getDescription()))
                .isEmpty();
    }

    private static boolean allowed(String from, String to) {
        if (to.equals("elsewhere")) {
            return true;
        }
        if (from.equals("metrics")) {
            return !to.isEmpty();
        }
        if (from.equals("control")) {
            return false;
        }
        return to.equals("control") || (PATH.contains(to) && PATH.indexOf(to) < PATH.indexOf(from));
    }

    /** The word of the path; empty for the root, "elsewhere" for what is not ours. */
    private static String stage(JavaClass type) {
        String name = type.getPackageName();
        if (name.equals(ROOT)) {
            return "";
        }
        return name.startsWith(ROOT + ".") ? name.substring(ROOT.length() + 1) : "elsewhere";
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void publicSignaturesNameNoTypeOfALibrary() {
        List<String> libraries = List.of("org.apache.", "com.fasterxml.", "com.github.benmanes.", "org.slf4j.");
        assertThat(CLASSES.stream()
                        .filter(type ->
                                type.getModifiers().contains(com.tngtech.archunit.core.domain.JavaModifier.PUBLIC))
                        .flatMap(type -> type.getMethods().stream())
                        .filter(method ->
                                method.getModifiers().contains(com.tngtech.archunit.core.domain.JavaModifier.PUBLIC))
                        .filter(method -> method.getRawParameterTypes().stream()
                                        .anyMatch(type -> startsWithAny(type.getName(), libraries))
                                || startsWithAny(method.getRawReturnType().getName(), libraries))
                        .map(method -> method.getFullName()))
                .isEmpty();
    }

    private static boolean startsWithAny(String name, List<String> prefixes) {
        return prefixes.stream().anyMatch(name::startsWith);
    }
}
