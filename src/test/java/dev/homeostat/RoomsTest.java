package dev.homeostat;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows between the rooms, as docs/architecture.md draws them. */
@AnalyzeClasses(packages = "dev.homeostat", importOptions = DoNotIncludeTests.class)
class RoomsTest {
    private static ArchRule only(String room, String... allowed) {
        String[] outside = new String[ROOMS.length];
        int count = 0;
        for (String other : ROOMS) {
            boolean ok = other.equals(room);
            for (String a : allowed) {
                ok |= other.equals(a);
            }
            if (!ok) {
                outside[count++] = "dev.homeostat." + other + "..";
            }
        }
        return noClasses()
                .that()
                .resideInAPackage("dev.homeostat." + room + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(java.util.Arrays.copyOf(outside, count))
                .allowEmptyShould(true)
                .as("the room " + room + " imports nothing of ours but " + String.join(", ", allowed));
    }

    private static final String[] ROOMS = {
        "declaration",
        "resource",
        "reconcile",
        "kind",
        "host",
        "journal",
        "control",
        "telemetry",
        "cli",
        "knowledge",
        "ai"
    };

    @ArchTest
    static final ArchRule the_vocabulary_imports_nothing_of_ours = only("resource");

    @ArchTest
    static final ArchRule doors_know_only_the_vocabulary = only("host", "resource");

    @ArchTest
    static final ArchRule kinds_know_the_vocabulary_and_the_doors = only("kind", "resource", "host");

    @ArchTest
    static final ArchRule the_console_and_the_api_ask_the_loop =
            only("control", "reconcile", "resource", "host", "cli");

    @ArchTest
    static final ArchRule telemetry_asks_the_loop = only("telemetry", "reconcile", "resource", "host");

    @ArchTest
    static final ArchRule the_knowledge_base_knows_only_the_vocabulary = only("knowledge", "resource");

    @ArchTest
    static final ArchRule nobody_knows_the_knowledge_base = noClasses()
            .that()
            .resideInAnyPackage("dev.homeostat.*..")
            .and()
            .resideOutsideOfPackage("dev.homeostat.knowledge..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.homeostat.knowledge..")
            .as("the core neither knows nor waits for the knowledge base");

    @ArchTest
    static final ArchRule the_stack_is_on_top = only("ai", "resource", "host", "cli");

    @ArchTest
    static final ArchRule nobody_knows_the_stack = noClasses()
            .that()
            .resideInAnyPackage("dev.homeostat.*..")
            .and()
            .resideOutsideOfPackage("dev.homeostat.ai..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.homeostat.ai..")
            .as("phases 1 to 8 do not know the ninth");

    @ArchTest
    static final ArchRule parts_of_the_stack_do_not_import_one_another =
            slices().matching("dev.homeostat.ai.(*)..").should().notDependOnEachOther();

    @ArchTest
    static final ArchRule the_client_knows_only_where_things_lie = only("cli", "host");

    @ArchTest
    static final ArchRule the_client_knows_no_door = noClasses()
            .that()
            .resideInAPackage("dev.homeostat.cli..")
            .should()
            .dependOnClassesThat()
            .resideOutsideOfPackages("java..", "dev.homeostat.cli..", "dev.homeostat.host")
            .as("the client is made of the JDK");

    @ArchTest
    static final ArchRule the_loop_knows_nobody_who_asks = noClasses()
            .that()
            .resideInAnyPackage("dev.homeostat.reconcile..", "dev.homeostat.declaration..", "dev.homeostat.journal..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.homeostat.control..",
                    "dev.homeostat.telemetry..",
                    "dev.homeostat.cli..",
                    "dev.homeostat.kind..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule kinds_do_not_import_one_another = slices().matching("dev.homeostat.kind.(*)..")
            .should()
            .notDependOnEachOther()
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule nobody_imports_the_beginning = noClasses()
            .that()
            .resideInAnyPackage("dev.homeostat.*..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.homeostat")
            .as("nothing depends on Main and what is beside it");
}
