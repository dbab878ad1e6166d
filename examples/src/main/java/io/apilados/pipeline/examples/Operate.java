// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * What runs on AWS, watched, sized, paid for and stored, from the command line. See {@code --help}, and the documentation in
 * docs/operations.md. Region and credentials come from where the AWS SDK always looks.
 */
public final class Operate {

    static final int DONE = 0;
    static final int FAILED = 1;
    static final int BAD_USAGE = 2;
    static final int STOPPED = 4;
    static final int CHECK_FAILED = 6;

    static final String USAGE = """
            usage: operate COMMAND [options]

            monitor     a dashboard and alarms in CloudWatch
              --environment NAME             as the registry has it: namespace Apilados/Pipeline/NAME
              --function NAME                what runs on Lambda; without it, a service
              --tag NAME=VALUE               a common tag of the registry; several times
              --action ARN                   what alarms tell; several times
              --rejected N                   alarm above so many rejected records within 5 minutes; default 0

            tune        the memory of a function, by trying; restored at the end
              --function NAME  --prices FILE
              --event FILE.json              what it is invoked with; default {}
              --sizes MB,MB,...              default 512,768,1024,1536,2048,3008
              --invocations N                with each size; default 10
              --strategy cost|speed|balanced default balanced
              --notes DIR                    where it writes down what has to be restored; default .operate
              --json FILE  --html FILE       where the result goes, besides the table on standard output
              --for-real                     without it every invocation is a dry run

            configure   memory and time-out of a function
              --function NAME
              --records N | --memory MB      1536 MB, above 10,000 records 2048 MB; or this
              --timeout SECONDS              default 900
              --alias NAME  --ready N        keep N environments ready for a version or an alias
              --utilization                  tell how much of them was in use in the last day

            cost        what a function costs
              --prices FILE                  docs/lambda-prices.json shows how it looks
              --function NAME  --days N      over the last N days; default 30
              --environment NAME  --tag ...  where its processed records are counted
              --report FILE  --memory MB     of one run by its report, offline
              --storage MB                   ephemeral storage, with --report; default 512
              --architecture x86_64|arm64    with --report; default x86_64

            storage     cheaper storage for what is rarely read
              --bucket NAME
              --prefix PREFIX                default: all keys
              --rule ID                      of the lifecycle rule; default apilados
              --tiering ID                   intelligent tiering instead of a lifecycle rule

            preflight   the checklist, item by item
              --environment NAME  --tag ...  --action ARN  --function NAME  --alias NAME
              --report FILE  --tuning FILE  --prices FILE  --performance FILE  --baseline FILE
              --days N                       of which the cost is judged; default 30
              --attest ITEM=EVIDENCE         what only people know; several times

            all         --help               this text
                        --dry-run            shows everything, changes nothing
                        --endpoint URL       another service than Amazon's
                        --print-json         JSON on standard output instead of text: cost, preflight
            exit: 0 done, 1 failed, 2 bad usage, 4 interrupted, 6 an item of the checklist fails
            """;

    private static final Map<String, OperateCommand> COMMANDS = Map.of(
            "monitor", new MonitorCommand(),
            "tune", new TuneCommand(),
            "configure", new ConfigureCommand(),
            "cost", new CostCommand(),
            "storage", new StorageCommand(),
            "preflight", new PreflightCommand());

    private Operate() {}

    /** Runs it and ends the process with the exit code. */
    public static void main(String[] args) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.exit(run(List.of(args), out, System.err));
    }

    /** Runs it; returns the exit code. */
    static int run(List<String> args, PrintStream out, PrintStream err) {
        if (args.isEmpty() || args.contains("--help")) {
            out.print(USAGE);
            return args.isEmpty() ? BAD_USAGE : DONE;
        }
        OperateCommand command = COMMANDS.get(args.get(0));
        if (command == null) {
            err.println("operate: '" + args.get(0) + "' is no command; see --help");
            return BAD_USAGE;
        }
        try {
            return command.run(OperateOptions.parse(args.subList(1, args.size()), command.options()), out);
        } catch (UsageException | IllegalArgumentException e) {
            err.println("operate: " + e.getMessage());
            return BAD_USAGE;
        } catch (SdkException e) {
            err.println("operate: " + told(e));
            return FAILED;
        } catch (IOException | IllegalStateException e) {
            err.println("operate: " + e.getMessage());
            return FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            err.println("operate: interrupted");
            return STOPPED;
        }
    }

    /** Without the texts of services, which may quote what was sent. */
    private static String told(SdkException e) {
        if (e instanceof AwsServiceException answer && answer.awsErrorDetails() != null) {
            return answer.awsErrorDetails().serviceName() + " answered HTTP " + answer.statusCode() + " "
                    + answer.awsErrorDetails().errorCode() + "; check names, region and what the credentials allow";
        }
        return "AWS cannot be reached (" + e.getClass().getSimpleName()
                + "); check the network, the region (AWS_REGION) and that there are credentials";
    }
}
