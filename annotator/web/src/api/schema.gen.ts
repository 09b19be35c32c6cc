// Made by `npm run api` from `python -m server.openapi`. Do not edit.

export interface paths {
    "/api/documents/{document_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Save Document
         * @description Save edits on top of the revision that I have seen. Sending them again is harmless.
         */
        patch: operations["save_document"];
        trace?: never;
    };
    "/api/documents/{document_id}/operations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Operations
         * @description Every edit with who and when, oldest first unless asked otherwise. Reviewers and leads only.
         */
        get: operations["read_operations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Listen
         * @description Server-sent events of topics such as `job:{id}`; the data is JSON.
         *
         *     A page that opens its connection anew names the last id by the header or by the query. The event `reset` says that
         *     some were missed: fetch the state anew. The event `gone` names a topic that the listener may no longer hear; the
         *     stream ends with the last one. Holds no database session while it streams.
         */
        get: operations["listen"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/fetches/{fetch_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Forget Fetch
         * @description Take a fetch that is over off the list; its video stays. Leads only.
         */
        delete: operations["forget_fetch"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/fetches/{fetch_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry Fetch
         * @description Begin a failed or cancelled fetch anew. Leads only.
         */
        post: operations["retry_fetch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Health
         * @description The process answers. Asks nobody else: a database that is away is no reason to start this process anew.
         */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invitations/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Invitation
         * @description Whom a one-time link is for.
         */
        get: operations["get_invitation"];
        put?: never;
        /**
         * Accept Invitation
         * @description Set a password by a one-time link, and log in.
         */
        post: operations["accept_invitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Jobs
         * @description All background work, newest first. Without `housekeeping`, of that only what failed.
         */
        get: operations["list_jobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/jobs/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Job
         * @description How a piece of background work stands.
         */
        get: operations["get_job"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/jobs/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel Job
         * @description Ask for its end. Who asked for the work may, and the project's leads.
         */
        post: operations["cancel_job"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/jobs/{job_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry Job
         * @description Try a failed or cancelled job once more. Who asked for the work may, and the project's leads.
         */
        post: operations["retry_job"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/masklets/{masklet_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove Masklet
         * @description Remove the subject, in its subject task.
         */
        delete: operations["remove_masklet"];
        options?: never;
        head?: never;
        /**
         * Patch Masklet
         * @description Name the subject.
         */
        patch: operations["patch_masklet"];
        trace?: never;
    };
    "/api/masklets/{masklet_id}/drawings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Draw Mask
         * @description The mask that brush strokes, outlines and cleaning lead to, at once. Nothing is stored: put it as a prompt.
         */
        post: operations["draw_mask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/masklets/{masklet_id}/locks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Put Locks
         * @description Lock exactly these spans: no new track changes their masks, and what is beside them is followed from them.
         */
        put: operations["put_locks"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/masklets/{masklet_id}/masks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Masks
         * @description The masks of the pictures start … stop-1 (at most 256), of the masklet's track or of another one.
         *
         *     Of one that is running, those that it has until now: listen to its events first, then nothing is missed.
         */
        get: operations["read_masks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/masklets/{masklet_id}/merge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Merge Masklets
         * @description Add the masks of another subject of the task that I hold to this one; the other one is removed.
         */
        post: operations["merge_masklets"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/masklets/{masklet_id}/prompts/{picture}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Put Prompt
         * @description Keep what I gave on a picture. The track is stale until it is computed again.
         */
        put: operations["put_prompt"];
        post?: never;
        /**
         * Delete Prompt
         * @description Take a prompt back.
         */
        delete: operations["delete_prompt"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/masklets/{masklet_id}/proposals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Propose Masks
         * @description Candidate masks for clicks or a box, best first. Waits for the clicks lane; nothing is stored.
         */
        post: operations["propose_masks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/masklets/{masklet_id}/split": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Split Masklet
         * @description Make what is on `picture` and after it a new subject, in the subject task that I hold. Gives both.
         */
        post: operations["split_masklet"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/masklets/{masklet_id}/tracks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Tracks
         * @description The versions of the masks, the newest first.
         */
        get: operations["list_tracks"];
        put?: never;
        /**
         * Start Track
         * @description Follow the subject through the whole video, or what is asked for. Only what follows from changed prompts or locks
         *     is followed, the rest is copied. The track that is there is given back when there is nothing to do.
         */
        post: operations["start_track"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/masklets/{masklet_id}/tracks/{version}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore Track
         * @description Take up masks, prompts and locks of an older version, as a new version. Restoring another one undoes it.
         */
        post: operations["restore_track"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Me
         * @description Who I am, and my projects.
         */
        get: operations["get_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Edit Me
         * @description Change my name, language, theme, or how I work.
         */
        patch: operations["edit_me"];
        trace?: never;
    };
    "/api/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change Password
         * @description Change my password. My other sessions end.
         */
        post: operations["change_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Tokens
         * @description My access tokens that work.
         */
        get: operations["list_tokens"];
        put?: never;
        /**
         * Make Token
         * @description Make an access token. It is shown this once. Tokens can not make tokens.
         */
        post: operations["make_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/tokens/{token_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke Token
         * @description Revoke an access token.
         */
        delete: operations["revoke_token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Projects
         * @description The projects that I am in; all of them for an admin.
         */
        get: operations["list_projects"];
        put?: never;
        /**
         * Create Project
         * @description Make a project. Admins only.
         */
        post: operations["create_project"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Project
         * @description One project.
         */
        get: operations["read_project"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Patch Project
         * @description Change a project. Leads only; how much it may store, admins only.
         */
        patch: operations["patch_project"];
        trace?: never;
    };
    "/api/projects/{project_id}/caption-imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import Caption File
         * @description Put captions that others wrote into the drafts of caption tasks, or say what would come. All of a file or
         *     nothing. Leads only.
         *
         *     The body is the file. Subjects are found by their masklet's number, else by its label. Work that somebody began is
         *     never written over, and bringing the same captions again changes nothing.
         */
        post: operations["import_caption_file"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/documents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Documents
         * @description The documents of a project, oldest first; `fields=…,body` for what is in them. Leads only.
         *
         *     `updated_since` asks for those that were begun or saved at or after that moment.
         */
        get: operations["list_documents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/effort": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Effort
         * @description What masklets cost people: seconds a frame, edited frames, clicks. For leads.
         */
        get: operations["read_effort"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/fetches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Fetches
         * @description What was fetched and what came of it, newest first. Leads only.
         */
        get: operations["list_fetches"];
        put?: never;
        /**
         * Begin Fetches
         * @description Fetch videos from addresses: `https://…`, `s3://bucket/name.mp4`, or `s3://bucket/prefix`. Leads only.
         *
         *     An address that is there already gives the same fetch. When one of them can not be, none is added.
         */
        post: operations["begin_fetches"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/guideline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Guideline
         * @description The newest guideline, or the version that a task was begun under. Version 0 is the empty one.
         */
        get: operations["read_guideline"];
        /**
         * Write Guideline
         * @description Write a new version of the guideline. Leads only.
         */
        put: operations["write_guideline"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/masklet-imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import Masklet File
         * @description Make masklets of a file from elsewhere, or say what would come. All of a file or nothing. Leads only.
         *
         *     The body is the file: SA-V or COCO JSON (or a zip of them), a zip of DAVIS or YouTube-VOS pictures, MOTS text or a
         *     zip of its pictures. Bringing the same masks again makes nothing twice.
         */
        post: operations["import_masklet_file"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Members
         * @description The people of a project. E-mail addresses are shown to leads only.
         */
        get: operations["list_members"];
        put?: never;
        /**
         * Add Member
         * @description Take somebody in by their exact e-mail address. Leads only; nobody but an admin can list people to find one.
         */
        post: operations["add_member"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/members/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set Member
         * @description Take somebody in, or change their role, skills and caps. Leads only.
         */
        put: operations["set_member"];
        post?: never;
        /**
         * Remove Member
         * @description Take somebody out; what they hold goes back to the queue. Leads only.
         */
        delete: operations["remove_member"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/quality": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Quality
         * @description Pace, active time and review results by person and step. Leads only.
         */
        get: operations["read_quality"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Queue
         * @description What waits for me in a project.
         */
        get: operations["read_queue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/releases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Releases
         * @description The releases of a project, newest first, without their files; `fields=a,b` asks for less. Leads only.
         */
        get: operations["list_releases"];
        put?: never;
        /**
         * Create Release
         * @description Release what meets the rule now. Leads only. The build is a job; follow `release:{id}` or ask again.
         */
        post: operations["create_release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/releases/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Preview Release
         * @description What a release would hold now, and what of it breaks a rule of texts. Leads only.
         */
        get: operations["preview_release"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/reviews": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Reviews
         * @description The verdicts of a project, newest first. Reviewers and leads only.
         */
        get: operations["list_reviews"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/segments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Segments
         * @description The segments of a project with their questions. Leads and reviewers.
         */
        get: operations["list_segments"];
        put?: never;
        /**
         * Create Segment
         * @description Cut a segment and ask about it. Leads only.
         */
        post: operations["create_segment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/segments/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import Segments
         * @description Make many segments from JSONL or CSV (by content type), or none when a row is wrong. Leads only.
         *
         *     A row names its video by id, SHA-256 or name (`video`), its span (`picture_start`, `picture_end`, end inclusive)
         *     and its questions: JSONL in `questions`, CSV one in each row (`question`, `q_type`, `draft`).
         */
        post: operations["import_segments"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/storage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Storage
         * @description How much the project's videos weigh, and how much they may. Leads only.
         */
        get: operations["read_storage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Tasks
         * @description All tasks of a project, oldest first. `person_id`: who holds, is to get, or handed in. Leads only.
         *
         *     `updated_since`: only what changed at or after that moment (`changed_at`); `fields=a,b` asks for less.
         */
        get: operations["read_tasks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/tasks/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change Tasks
         * @description Assign, take back, reopen many tasks, or set their priority or skill. Leads only.
         *
         *     Tasks that the verb does not fit are named with the reason and stay as they are; the others are changed.
         */
        post: operations["change_tasks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/tasks/next": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Next Task
         * @description Lease the next task for me; the one that I hold comes first.
         */
        post: operations["next_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/tasks/preload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Preload Task
         * @description Keep the task that comes next for me for some minutes, so that my page can load it while I work.
         *
         *     It is no lease and needs no heartbeat; `next` gives it. Asking again keeps it longer.
         */
        post: operations["preload_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin Upload
         * @description Announce a file. Leads only.
         */
        post: operations["begin_upload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/videos": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Videos
         * @description The videos of a project, in the order they came.
         */
        get: operations["list_videos"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/videos/{video_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove Video
         * @description Take a video out of the project, as long as nobody worked on it. Leads only.
         */
        delete: operations["remove_video"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/videos/{video_id}/flag": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Flag Video
         * @description Set a bad video aside: its open tasks close, and releases leave it out. Nothing is deleted. Leads only.
         */
        put: operations["flag_video"];
        post?: never;
        /**
         * Unflag Video
         * @description The video is good again: its tasks go on where they were. Leads only.
         */
        delete: operations["unflag_video"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/videos/{video_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry Import
         * @description Import a refused or failed video once more. Leads only.
         */
        post: operations["retry_import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Webhooks
         * @description The webhooks of a project, oldest first. Leads only.
         */
        get: operations["list_webhooks"];
        put?: never;
        /**
         * Create Webhook
         * @description Have an address told of what happens in a project. Leads only. The secret is shown this once.
         */
        post: operations["create_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/queues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Queues
         * @description How much waits in each lane, how long the oldest has waited, and how many workers serve it.
         */
        get: operations["list_queues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ready
         * @description The server can do its work: database and its revision, storage and broker answer. Kept for two seconds.
         */
        get: operations["ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/releases/{release_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Release
         * @description One release with its files, clips and masks aside.
         */
        get: operations["read_release"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Say Of Release
         * @description Say that it is kept, or should not be used any more, and why. What it holds never changes.
         */
        patch: operations["say_of_release"];
        trace?: never;
    };
    "/api/releases/{release_id}/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delete A Release
         * @description Give up its files, for a reason. Its number, rule and manifest stay.
         */
        post: operations["delete_a_release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/releases/{release_id}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Diff Releases
         * @description What this release has and the other has not, and the other way round, by pieces of work.
         */
        get: operations["diff_releases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/releases/{release_id}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Release Files
         * @description All files of a release by path, clips and masks too; `media` asks for only these, or only the others.
         */
        get: operations["list_release_files"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/releases/{release_id}/files/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Release File
         * @description One file of a release, whole or by range; its entity tag is its SHA-256.
         */
        get: operations["read_release_file"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/releases/{release_id}/manifest.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Manifest
         * @description The manifest: every file with its hash, counts, splits and lineage.
         */
        get: operations["read_manifest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/releases/{release_id}/problems": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Release Problems
         * @description What the checks of the build found, in the order of the release: each with its task and document.
         */
        get: operations["list_release_problems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/releases/{release_id}/withdrawn": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Withdrawn
         * @description The videos of this release that were set aside since it was built: tombstones for whoever holds it.
         */
        get: operations["list_withdrawn"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Runs
         * @description The runs of the projects that I lead, newest first, without their files; `fields=a,b` asks for less.
         */
        get: operations["list_runs"];
        put?: never;
        /**
         * Create Run
         * @description Train on a release by a recipe. Leads only. The same Idempotency-Key again gives the run that it began.
         */
        post: operations["create_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{run_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Run
         * @description One run with the files that it wrote; `fields=a,b` asks for less.
         */
        get: operations["read_run"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{run_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel Run
         * @description Stop a run. One that is over stays as it is.
         */
        post: operations["cancel_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{run_id}/evaluations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Evaluations
         * @description The scorings of a run, newest first.
         */
        get: operations["list_evaluations"];
        put?: never;
        /**
         * Create Evaluation
         * @description Score a finished run's network on a split of its release.
         */
        post: operations["create_evaluation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{run_id}/files/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Run File
         * @description One file that a run wrote, whole or by range.
         */
        get: operations["read_run_file"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{run_id}/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Metrics
         * @description The rows of its metrics after a step.
         */
        get: operations["read_metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log In
         * @description Log in: sets the session cookie.
         */
        post: operations["log_in"];
        /**
         * Log Out
         * @description Log out here. Silent when one is not logged in.
         */
        delete: operations["log_out"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Log Out Everywhere
         * @description Log out on all machines.
         */
        delete: operations["log_out_everywhere"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/system": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * System
         * @description What the log-in page needs to know. Public.
         */
        get: operations["system"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Task
         * @description One task.
         */
        get: operations["read_task"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/beside": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Beside
         * @description Two documents of the same work: copies by different people, or what two steps or tries handed in.
         *
         *     `left` and `right` are of its `versions`; without them, those that are worth a look first. Reviewers and leads only.
         */
        get: operations["read_beside"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/context": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Context
         * @description What the steps before this one handed in, what was said about them, and the video's other subjects.
         */
        get: operations["read_context"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/decision": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decide Task
         * @description Accept the work of my verify or review task, or return it to the step at fault with reasons.
         */
        post: operations["decide_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/document": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Document
         * @description The work of a task. The first look of whoever holds it makes it.
         */
        get: operations["read_document"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/heartbeat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Heartbeat
         * @description I am still at it: keep the lease and count my active time.
         */
        post: operations["heartbeat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/masklets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Masklets
         * @description The masklets that a task is about.
         */
        get: operations["list_masklets"];
        put?: never;
        /**
         * Create Masklet
         * @description Choose a subject, in a subject task that I hold.
         */
        post: operations["create_masklet"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Preview
         * @description What the trainer would read of the draft.
         */
        get: operations["read_preview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/preview.jpg": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Sheet
         * @description The frames that the trainer would show the model, with the subject's red box on each, eight in a row.
         */
        get: operations["read_sheet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Release
         * @description Give the task back; the draft stays for whoever comes next.
         */
        post: operations["release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/reopen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reopen
         * @description Let a submitted, accepted or closed task be worked on again, by its author first. Leads only.
         */
        post: operations["reopen"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/skip": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Skip
         * @description Give the task back and never see it again.
         */
        post: operations["skip"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/submit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit Task
         * @description Hand my task in: what I saw is frozen, and the next step opens.
         */
        post: operations["submit_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/take-back": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take Back
         * @description Take a leased task away from its holder, or lift a reservation. Leads only.
         */
        post: operations["take_back"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tracks/{track_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel Track
         * @description Stop following. Finished stretches are kept for the next track.
         */
        post: operations["cancel_track"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/uploads/{upload_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Upload
         * @description Where an upload stands: go on from `received`.
         */
        get: operations["read_upload"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Append Upload
         * @description Append a piece at `offset`; 409 with `received` when the upload stands elsewhere.
         */
        patch: operations["append_upload"];
        trace?: never;
    };
    "/api/uploads/{upload_id}/finish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Finish Upload
         * @description All bytes were sent: check them, store them under their hash, start the import.
         *
         *     Asking again after a lost answer gives the same video again.
         */
        post: operations["finish_upload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Users
         * @description All people.
         */
        get: operations["list_users"];
        put?: never;
        /**
         * Add User
         * @description Invite a person: send them the link.
         */
        post: operations["add_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Edit User
         * @description Change a person. Deactivating ends their sessions and tokens and returns their tasks.
         */
        patch: operations["edit_user"];
        trace?: never;
    };
    "/api/users/{user_id}/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reset User
         * @description Take a person's password away and get a one-time link for a new one.
         */
        post: operations["reset_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/videos/{video_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Video
         * @description One video.
         */
        get: operations["read_video"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/videos/{video_id}/frames": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Frames
         * @description The frame table and the grid. Never changes.
         */
        get: operations["read_frames"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/videos/{video_id}/pictures/{picture}.jpg": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Picture
         * @description One exact picture as JPEG, in proxy pixels.
         */
        get: operations["read_picture"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/videos/{video_id}/proxy.mp4": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Proxy
         * @description The video for the browser, whole or by range. Never changes.
         */
        get: operations["read_proxy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/videos/{video_id}/thumbnails.jpg": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Thumbnails
         * @description The sprite sheet of thumbnails.
         */
        get: operations["read_thumbnails"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Site Webhooks
         * @description The webhooks of the whole site, oldest first. Admins only.
         */
        get: operations["list_site_webhooks"];
        put?: never;
        /**
         * Create Site Webhook
         * @description Have an address told of what happens in all projects. Admins only. The secret is shown this once.
         */
        post: operations["create_site_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{webhook_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete Webhook
         * @description Tell it nothing more. What waits for it is dropped, and its deliveries are forgotten.
         */
        delete: operations["delete_webhook"];
        options?: never;
        head?: never;
        /**
         * Change Webhook
         * @description Change its address, events or name, pause it, or let it go on. What happens meanwhile waits for a month.
         */
        patch: operations["change_webhook"];
        trace?: never;
    };
    "/api/webhooks/{webhook_id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Webhook Deliveries
         * @description What it was told and is to be told, newest first, for a month.
         */
        get: operations["list_webhook_deliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{webhook_id}/ping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ping Webhook
         * @description Send something about nothing, to see whether it comes. It is tried once, also where the webhook is paused.
         */
        post: operations["ping_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{webhook_id}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resend Deliveries
         * @description Send deliveries again, by their ids, or all that are parked. They keep their ids.
         */
        post: operations["resend_deliveries"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{webhook_id}/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate Webhook Secret
         * @description Another secret, shown this once. For a day messages are signed with the old one too.
         */
        post: operations["rotate_webhook_secret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Workers
         * @description Every worker that was heard of in the last minutes, with what it runs and holds.
         */
        get: operations["list_workers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * AnswerRecord
         * @description What a person says to a question (same id): accepts the draft, rejects with a reason, or writes.
         */
        AnswerRecord: {
            /** Distractors */
            distractors: components["schemas"]["Distractor"][];
            evidence: components["schemas"]["Evidence"] | null;
            /** Id */
            id: string;
            point: components["schemas"]["EvidencePoint"] | null;
            reason: components["schemas"]["RejectReason"] | null;
            /**
             * Text
             * @default
             */
            text: string;
            /**
             * Verdict
             * @enum {string}
             */
            verdict: "accept" | "reject" | "write";
        };
        /**
         * BesideOut
         * @description Two of what was handed in for the same work; null where there are not that many.
         */
        BesideOut: {
            kind: components["schemas"]["TaskKind"];
            left: components["schemas"]["SideOut"] | null;
            /** Picture End */
            picture_end: number;
            /** Picture Start */
            picture_start: number;
            /**
             * Project Id
             * Format: uuid
             */
            project_id: string;
            right: components["schemas"]["SideOut"] | null;
            /**
             * Task Id
             * Format: uuid
             */
            task_id: string;
            /** Versions */
            versions: components["schemas"]["VersionOut"][];
            /**
             * Video Id
             * Format: uuid
             */
            video_id: string;
            /** Video Name */
            video_name: string;
        };
        /**
         * Body
         * @description The whole state of a document: its collections by record id.
         */
        Body: {
            /** Answers */
            answers: {
                [key: string]: components["schemas"]["AnswerRecord"];
            };
            /** Events */
            events: {
                [key: string]: components["schemas"]["EventRecord"];
            };
            /** Notes */
            notes: {
                [key: string]: components["schemas"]["NoteRecord"];
            };
            /** Questions */
            questions: {
                [key: string]: components["schemas"]["QuestionRecord"];
            };
            /**
             * Schema Version
             * @default 1
             */
            schema_version: number;
            /** Subjects */
            subjects: {
                [key: string]: components["schemas"]["SubjectRecord"];
            };
        };
        /**
         * Box
         * @description A box in proxy pixels, x1 < x2 and y1 < y2.
         */
        Box: {
            /** X1 */
            x1: number;
            /** X2 */
            x2: number;
            /** Y1 */
            y1: number;
            /** Y2 */
            y2: number;
        };
        /**
         * BulkIn
         * @description One verb for many tasks of a project, with the value that it needs.
         */
        BulkIn: {
            /** Assignee Id */
            assignee_id?: string | null;
            /** Priority */
            priority?: number | null;
            /** Skill */
            skill?: string | null;
            /** Task Ids */
            task_ids: string[];
            verb: components["schemas"]["BulkVerb"];
        };
        /** BulkOut */
        BulkOut: {
            /** Changed */
            changed: string[];
            /** Refused */
            refused: components["schemas"]["Refused"][];
        };
        /**
         * BulkVerb
         * @description What a lead does to many tasks at once.
         * @enum {string}
         */
        BulkVerb: "assign" | "take_back" | "priority" | "skill" | "reopen";
        /**
         * Candidate
         * @description A mask for a prompt, as COCO compressed RLE counts of the proxy's size.
         */
        Candidate: {
            /** Counts */
            counts: string;
            /** Score */
            score: number;
        };
        /**
         * Caps
         * @description What I hold and did today (UTC) in this project, and how much I may; null: as much as I like.
         */
        Caps: {
            /** Cap Daily */
            cap_daily: number | null;
            /** Cap Leases */
            cap_leases: number | null;
            /** Done */
            done: number;
            /** Leases */
            leases: number;
        };
        /**
         * CaptionedMasklet
         * @description A masklet that the file has captions of.
         */
        CaptionedMasklet: {
            /** Captions */
            captions: number;
            /** Grid End */
            grid_end: number;
            /** Grid Start */
            grid_start: number;
            /** Label */
            label: string;
            /**
             * Masklet Id
             * Format: uuid
             */
            masklet_id: string;
            /** Number */
            number: number;
            /**
             * State
             * @enum {string}
             */
            state: "new" | "present" | "refused";
            /** Task Id */
            task_id: string | null;
            /** Video */
            video: string;
            /**
             * Video Id
             * Format: uuid
             */
            video_id: string;
        };
        /**
         * CaptionImportOut
         * @description What an import of captions would do, or did. With anything refused nothing is made.
         */
        CaptionImportOut: {
            /** Dry Run */
            dry_run: boolean;
            /**
             * Format
             * @enum {string}
             */
            format: "activitynet" | "csv" | "cvat" | "elan" | "label_studio" | "plm" | "webvtt";
            /** Made */
            made: number;
            /** Masklets */
            masklets: components["schemas"]["CaptionedMasklet"][];
            /** Out Of Frame */
            out_of_frame: number;
            /** Refused */
            refused: components["schemas"]["Refusal"][];
            /** Refused Count */
            refused_count: number;
            /** Rows */
            rows: number;
        };
        /** ContextOut */
        ContextOut: {
            /** Others */
            others: components["schemas"]["OtherSubject"][];
            /** Previous */
            previous: components["schemas"]["Previous"][];
            /** Reviews */
            reviews: components["schemas"]["PastReview"][];
        };
        /**
         * DecisionIn
         * @description A verdict on what somebody handed in, with the revision of the document that I have seen.
         */
        DecisionIn: {
            /**
             * Comment
             * @default
             */
            comment?: string;
            /** Reasons */
            reasons?: string[];
            /** Revision */
            revision: number;
            /** Step */
            step?: string | null;
            verdict: components["schemas"]["Verdict"];
        };
        /**
         * DeliveryOut
         * @description One event for a webhook.
         */
        DeliveryOut: {
            /** Answer */
            answer: string | null;
            /** Attempts */
            attempts: number;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Data */
            data: {
                [key: string]: unknown;
            };
            /** Ended At */
            ended_at: string | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            kind: components["schemas"]["EventKind"];
            /** Next At */
            next_at: string | null;
            /** Reason */
            reason: string | null;
            /** Seconds */
            seconds: number | null;
            state: components["schemas"]["DeliveryState"];
            /** Status */
            status: number | null;
        };
        /**
         * DeliveryState
         * @description Where a delivery stands.
         * @enum {string}
         */
        DeliveryState: "waiting" | "delivered" | "parked";
        /**
         * DemoAccount
         * @description A log-in of the demo, shown on its log-in page.
         */
        DemoAccount: {
            /** Email */
            email: string;
            /** Name */
            name: string;
            /** Password */
            password: string;
            /** Role */
            role: string;
        };
        /**
         * DiffEntry
         * @description A piece of work that differs.
         */
        DiffEntry: {
            /** How */
            how: string;
            /** Masklet Id */
            masklet_id: string | null;
            /** Segment Id */
            segment_id: string | null;
            /**
             * Task Id
             * Format: uuid
             */
            task_id: string;
        };
        /**
         * Distractor
         * @description A wrong answer to choose from; `checked`: somebody watched whether it is plausible, yet false.
         */
        Distractor: {
            /**
             * Checked
             * @default false
             */
            checked: boolean;
            /**
             * Text
             * @default
             */
            text: string;
        };
        /** DocumentOut */
        DocumentOut: {
            body: components["schemas"]["Body"];
            /**
             * Id
             * Format: uuid
             */
            id: string;
            kind: components["schemas"]["TaskKind"];
            /** Problems */
            problems: components["schemas"]["Problem"][];
            /** Read Only */
            read_only: boolean;
            /** Revision */
            revision: number;
            /**
             * Task Id
             * Format: uuid
             */
            task_id: string;
        };
        /**
         * DocumentRow
         * @description A document as it stands, handed in or not.
         */
        DocumentRow: {
            body: components["schemas"]["Body"] | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            kind: components["schemas"]["TaskKind"];
            /** Revision */
            revision: number;
            /**
             * Task Id
             * Format: uuid
             */
            task_id: string;
            /**
             * Updated At
             * Format: date-time
             */
            updated_at: string;
        };
        /**
         * DrawingIn
         * @description Steps in their order, on a mask (`counts`) or on nothing.
         */
        DrawingIn: {
            /** Counts */
            counts?: string | null;
            /** Picture */
            picture: number;
            /** Steps */
            steps: components["schemas"]["DrawingStep"][];
        };
        /**
         * DrawingOut
         * @description The mask as COCO compressed RLE counts of the proxy's size; its area in pixels.
         */
        DrawingOut: {
            /** Area */
            area: number;
            /** Counts */
            counts: string;
        };
        /**
         * DrawingStep
         * @description One thing that was done: `add` and `erase` say with which of stroke (and radius), polygon or counts.
         *
         *     Points are (x, y) in proxy pixels from the upper left corner, and may lie outside the picture. `fill_holes` fills
         *     holes of up to `max_area` pixels, or all; `remove_specks` drops parts of fewer than `min_area` pixels; `largest`
         *     keeps the largest part; `set` begins anew from counts.
         */
        DrawingStep: {
            /** Counts */
            counts?: string | null;
            /** Max Area */
            max_area?: number | null;
            /** Min Area */
            min_area?: number | null;
            /** Polygon */
            polygon?: [
                number,
                number
            ][] | null;
            /** Radius */
            radius?: number | null;
            /** Stroke */
            stroke?: [
                number,
                number
            ][] | null;
            /**
             * Verb
             * @enum {string}
             */
            verb: "add" | "erase" | "set" | "fill_holes" | "remove_specks" | "largest";
        };
        /**
         * EffortOut
         * @description All masklets of a project's subject tasks that were handed in, and the newest of them.
         */
        EffortOut: {
            /** Clicks Per Edited Frame */
            clicks_per_edited_frame: number | null;
            /** Edited Share */
            edited_share: number | null;
            /** Frames */
            frames: number;
            /** Masklets */
            masklets: number;
            /** Newest */
            newest: components["schemas"]["MaskletEffort"][];
            /** Seconds Per Frame */
            seconds_per_frame: number | null;
        };
        /** EvaluationIn */
        EvaluationIn: {
            /** @default test */
            split?: components["schemas"]["Split"];
        };
        /** EvaluationOut */
        EvaluationOut: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Error */
            error: string | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Job Id */
            job_id: string | null;
            /** Report */
            report: {
                [key: string]: unknown;
            } | null;
            /**
             * Run Id
             * Format: uuid
             */
            run_id: string;
            split: components["schemas"]["Split"];
            state: components["schemas"]["RunState"];
        };
        /**
         * EventKind
         * @description What can be told.
         * @enum {string}
         */
        EventKind: "release.ready" | "task.submitted" | "run.finished" | "ping";
        /**
         * EventRecord
         * @description A captioned span of a masklet's time, in grid frames, end inclusive.
         */
        EventRecord: {
            /**
             * Caption
             * @default
             */
            caption: string;
            /** Grid End */
            grid_end: number;
            /** Grid Start */
            grid_start: number;
            /** Id */
            id: string;
        };
        /**
         * Evidence
         * @description Where the clip shows the answer: a span of pictures, end inclusive.
         */
        Evidence: {
            /** Picture End */
            picture_end: number;
            /** Picture Start */
            picture_start: number;
        };
        /**
         * EvidencePoint
         * @description Where in one picture it is to be seen, in proxy pixels.
         */
        EvidencePoint: {
            /** Picture */
            picture: number;
            /** X */
            x: number;
            /** Y */
            y: number;
        };
        /**
         * FellBackOut
         * @description An accelerator ran out of memory: other open clips were moved to host memory, and fewer stay on it since.
         */
        FellBackOut: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Sessions */
            sessions: number;
        };
        /**
         * FetchKind
         * @description What an address names.
         * @enum {string}
         */
        FetchKind: "file" | "folder";
        /**
         * FetchNew
         * @description Addresses to fetch videos from. `source_dataset` is kept with them.
         */
        FetchNew: {
            /** Addresses */
            addresses: string[];
            /**
             * Source Dataset
             * @default
             */
            source_dataset?: string;
        };
        /**
         * FetchOut
         * @description One address. `found` is how many videos a folder has; `job_id` is set while it can be cancelled.
         */
        FetchOut: {
            /** Address */
            address: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Found */
            found: number | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Job Id */
            job_id: string | null;
            kind: components["schemas"]["FetchKind"];
            /** Message */
            message: string;
            /** Name */
            name: string;
            /** Progress */
            progress: number;
            /** Reason */
            reason: string | null;
            /** Size */
            size: number | null;
            state: components["schemas"]["FetchState"];
            /** Video Id */
            video_id: string | null;
        };
        /**
         * FetchState
         * @description How far a fetch has come.
         * @enum {string}
         */
        FetchState: "queued" | "running" | "done" | "failed" | "cancelled";
        /**
         * FieldProblem
         * @description What is wrong with one field; `field` is a dotted path such as `events.2.caption`.
         */
        FieldProblem: {
            /** Field */
            field: string;
            /** Message */
            message: string;
        };
        /** FileOut */
        FileOut: {
            /** Bytes */
            bytes: number;
            /** Path */
            path: string;
            /** Rows */
            rows: number | null;
            /** Sha256 */
            sha256: string;
        };
        /**
         * Flag
         * @description A span where a person should look, end inclusive: the area jumps, the two directions disagree, or the tracker
         *     was not sure.
         */
        Flag: {
            /** Picture End */
            picture_end: number;
            /** Picture Start */
            picture_start: number;
            /**
             * Why
             * @enum {string}
             */
            why: "area" | "disagreement" | "unsure";
        };
        /** FlagIn */
        FlagIn: {
            /** Reason */
            reason: string;
        };
        /**
         * FlagOut
         * @description A video that is set aside (reason null: that is good again), and how many tasks that concerned.
         */
        FlagOut: {
            /** Reason */
            reason: string | null;
            /** Tasks */
            tasks: number;
            /**
             * Video Id
             * Format: uuid
             */
            video_id: string;
        };
        /**
         * FramesOut
         * @description The frame table: one entry per picture, in presentation order; `grid` holds the annotated pictures.
         */
        FramesOut: {
            /** Grid */
            grid: number[];
            /** Height */
            height: number;
            /** Proxy Key */
            proxy_key: number[];
            /** Proxy Pts */
            proxy_pts: number[];
            /** Proxy Time Base */
            proxy_time_base: string;
            /** Source Height */
            source_height: number;
            /** Source Pts */
            source_pts: number[];
            /** Source Time Base */
            source_time_base: string;
            /** Source Width */
            source_width: number;
            /** Width */
            width: number;
        };
        /**
         * GpuOut
         * @description A GPU of a worker's machine.
         */
        GpuOut: {
            /** Index */
            index: number | null;
            /** Memory Bytes */
            memory_bytes: number | null;
            /** Memory Used Bytes */
            memory_used_bytes: number | null;
            /** Name */
            name: string;
            /** Use */
            use: number | null;
            /** Uuid */
            uuid: string | null;
        };
        /** GuidelineNew */
        GuidelineNew: {
            /** Text */
            text: string;
        };
        /** GuidelineOut */
        GuidelineOut: {
            /** Created At */
            created_at: string | null;
            /** Text */
            text: string;
            /** Version */
            version: number;
        };
        /**
         * Health
         * @description The process answers.
         */
        Health: {
            /** Status */
            status: string;
        };
        /** HeartbeatIn */
        HeartbeatIn: {
            /**
             * Active Seconds Delta
             * @default 0
             */
            active_seconds_delta?: number;
        };
        /** HeartbeatOut */
        HeartbeatOut: {
            /**
             * Lease Expires At
             * Format: date-time
             */
            lease_expires_at: string;
        };
        /**
         * HookEvent
         * @description What a webhook can be told.
         * @enum {string}
         */
        HookEvent: "release.ready" | "task.submitted" | "run.finished";
        /** HTTPValidationError */
        HTTPValidationError: {
            /** Detail */
            detail?: components["schemas"]["ValidationError"][];
        };
        /**
         * ImportedSubject
         * @description One object of a foreign file. `whole`: masks are known on every picture, so that nothing has to be followed.
         */
        ImportedSubject: {
            /** Absent */
            absent: number;
            /** Boxes */
            boxes: number;
            /** Label */
            label: string;
            /** Masklet Id */
            masklet_id: string | null;
            /** Masks */
            masks: number;
            /** Picture End */
            picture_end: number | null;
            /** Picture Start */
            picture_start: number | null;
            /** Prompts */
            prompts: number;
            /**
             * State
             * @enum {string}
             */
            state: "new" | "present" | "removed" | "never_visible";
            /** Subject */
            subject: string;
            /** Whole */
            whole: boolean;
        };
        /**
         * ImportedVideo
         * @description A video that a foreign file tells of; height and width are of the file's masks.
         */
        ImportedVideo: {
            /**
             * Counts
             * @enum {string}
             */
            counts: "pictures" | "grid";
            /** Height */
            height: number;
            /** Name */
            name: string;
            /** Notes */
            notes: string[];
            /** Source */
            source: string;
            /** Subjects */
            subjects: components["schemas"]["ImportedSubject"][];
            /**
             * Video Id
             * Format: uuid
             */
            video_id: string;
            /** Width */
            width: number;
        };
        /**
         * InvitationAnswer
         * @description The password that the person chose.
         */
        InvitationAnswer: {
            /** Name */
            name?: string | null;
            /** Password */
            password: string;
        };
        /**
         * InvitationOut
         * @description Whom a one-time link is for.
         */
        InvitationOut: {
            /** Email */
            email: string;
            /** Name */
            name: string;
            purpose: components["schemas"]["InvitationPurpose"];
        };
        /**
         * InvitationPurpose
         * @description Why a one-time link was made.
         * @enum {string}
         */
        InvitationPurpose: "invite" | "reset";
        /**
         * JobDetail
         * @description The same with where and when.
         */
        JobDetail: {
            /** Attempts */
            attempts: number;
            /** Cancel Requested */
            cancel_requested: boolean;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Error */
            error: string | null;
            fell_back: components["schemas"]["FellBackOut"] | null;
            /** Finished At */
            finished_at: string | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Kind */
            kind: string;
            /** Lane */
            lane: string;
            /** Max Attempts */
            max_attempts: number;
            /** Message */
            message: string;
            /** Progress */
            progress: number;
            /** Project Id */
            project_id: string | null;
            /**
             * Run After
             * Format: date-time
             */
            run_after: string;
            /** Started At */
            started_at: string | null;
            state: components["schemas"]["JobState"];
            /** Worker */
            worker: string | null;
        };
        /**
         * JobState
         * @description `failed` is the dead letter: nobody tries again, `error` says why.
         * @enum {string}
         */
        JobState: "queued" | "running" | "done" | "failed" | "cancelled";
        /**
         * Judged
         * @description Who accepted the work.
         * @enum {string}
         */
        Judged: "anybody" | "reviewer" | "policy";
        /**
         * LaneOut
         * @description One lane: what waits in it and who serves it.
         */
        LaneOut: {
            /** Delayed */
            delayed: number;
            /** Lane */
            lane: string;
            /** Oldest Wait Seconds */
            oldest_wait_seconds: number | null;
            /** Running */
            running: number;
            /** Waiting */
            waiting: number;
            /** Workers */
            workers: number;
        };
        /**
         * Language
         * @description Told from the letters: Hangul is Korean, Latin letters are taken for English.
         * @enum {string}
         */
        Language: "en" | "ko" | "other";
        /**
         * Link
         * @description A one-time link.
         */
        Link: {
            /** Invitation Url */
            invitation_url: string;
        };
        /**
         * Locale
         * @description Language of the web app.
         * @enum {string}
         */
        Locale: "en" | "ko";
        /**
         * LocksIn
         * @description All spans that are to be locked, [picture_start, picture_end], end inclusive.
         */
        LocksIn: {
            /** Spans */
            spans: [
                number,
                number
            ][];
        };
        /** LogEntry */
        LogEntry: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            operation: components["schemas"]["Operation"];
            /** Revision */
            revision: number;
            /**
             * User Id
             * Format: uuid
             */
            user_id: string;
            /** User Name */
            user_name: string;
        };
        /**
         * Login
         * @description A log-in.
         */
        Login: {
            /** Email */
            email: string;
            /** Password */
            password: string;
        };
        /**
         * MaskFrameOut
         * @description The mask of one picture; `counts` is null where the subject is absent.
         */
        MaskFrameOut: {
            /** Counts */
            counts: string | null;
            /** Picture */
            picture: number;
            /** Score */
            score: number;
        };
        /** MaskletEffort */
        MaskletEffort: {
            /** Clicks Per Edited Frame */
            clicks_per_edited_frame: number | null;
            /** Edited Share */
            edited_share: number | null;
            /** Frames */
            frames: number;
            /** Label */
            label: string;
            /**
             * Masklet Id
             * Format: uuid
             */
            masklet_id: string;
            /** Number */
            number: number;
            /** Seconds Per Frame */
            seconds_per_frame: number | null;
            /**
             * Task Id
             * Format: uuid
             */
            task_id: string;
            /** Video Name */
            video_name: string;
        };
        /**
         * MaskletImportOut
         * @description What an import would do, or did. With anything refused nothing is made.
         */
        MaskletImportOut: {
            /** Dry Run */
            dry_run: boolean;
            /**
             * Format
             * @enum {string}
             */
            format: "sav" | "coco" | "davis" | "youtube_vos" | "mots" | "cvat";
            /** Made */
            made: number;
            /** Refused */
            refused: components["schemas"]["Refusal"][];
            /** Refused Count */
            refused_count: number;
            /** Tracks */
            tracks: number;
            /** Videos */
            videos: components["schemas"]["ImportedVideo"][];
        };
        /** MaskletList */
        MaskletList: {
            /** Items */
            items: components["schemas"]["MaskletOut"][];
        };
        /** MaskletNew */
        MaskletNew: {
            /**
             * Label
             * @default
             */
            label?: string;
        };
        /** MaskletOut */
        MaskletOut: {
            /** Colour */
            colour: number;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Label */
            label: string;
            /** Locks */
            locks: [
                number,
                number
            ][];
            /** Number */
            number: number;
            /** Prompts */
            prompts: components["schemas"]["PromptRecord"][];
            state: components["schemas"]["MaskletState"];
            track: components["schemas"]["TrackOut"] | null;
            /**
             * Video Id
             * Format: uuid
             */
            video_id: string;
        };
        /** MaskletPatch */
        MaskletPatch: {
            /** Label */
            label: string;
        };
        /**
         * MaskletState
         * @description How far a masklet has come.
         * @enum {string}
         */
        MaskletState: "draft" | "submitted" | "accepted" | "removed";
        /**
         * MasksOut
         * @description The masks of a track; pictures that have none are left out.
         */
        MasksOut: {
            /** Frames */
            frames: components["schemas"]["MaskFrameOut"][];
            /** Given */
            given: number | null;
            /** Height */
            height: number;
            /**
             * Track Id
             * Format: uuid
             */
            track_id: string;
            /** Width */
            width: number;
        };
        /**
         * Me
         * @description Who I am.
         */
        Me: {
            /** Email */
            email: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Is Admin */
            is_admin: boolean;
            locale: components["schemas"]["Locale"];
            /** Name */
            name: string;
            preferences: components["schemas"]["Preferences"];
            /** Projects */
            projects: components["schemas"]["MyProject"][];
            theme: components["schemas"]["Theme"];
        };
        /**
         * MemberIn
         * @description A person's place in a project. What is left out stays as it is.
         */
        MemberIn: {
            /** Cap Daily */
            cap_daily?: number | null;
            /** Cap Leases */
            cap_leases?: number | null;
            role: components["schemas"]["Role"];
            /** Skills */
            skills?: string[] | null;
        };
        /**
         * MemberNew
         * @description Whom a lead takes in: by the whole address, since leads see no list of people.
         */
        MemberNew: {
            /** Email */
            email: string;
            role: components["schemas"]["Role"];
        };
        /** MemberOut */
        MemberOut: {
            /** Cap Daily */
            cap_daily: number | null;
            /** Cap Leases */
            cap_leases: number | null;
            role: components["schemas"]["Role"];
            /** Skills */
            skills: string[];
            user: components["schemas"]["MemberUser"];
        };
        /** MemberUser */
        MemberUser: {
            /** Email */
            email: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Name */
            name: string;
        };
        /**
         * MePatch
         * @description What I may change about myself.
         */
        MePatch: {
            locale?: components["schemas"]["Locale"] | null;
            /** Name */
            name?: string | null;
            preferences?: components["schemas"]["PreferencesPatch"] | null;
            theme?: components["schemas"]["Theme"] | null;
        };
        /**
         * MergeIn
         * @description The subject that becomes part of another one and is removed.
         */
        MergeIn: {
            /**
             * Other Id
             * Format: uuid
             */
            other_id: string;
        };
        /** MetricsOut */
        MetricsOut: {
            /** Items */
            items: {
                [key: string]: unknown;
            }[];
        };
        /**
         * MyProject
         * @description A project that I am in.
         */
        MyProject: {
            /**
             * Id
             * Format: uuid
             */
            id: string;
            kind: components["schemas"]["ProjectKind"];
            /** Name */
            name: string;
            role: components["schemas"]["Role"];
        };
        /** NextIn */
        NextIn: {
            /** Kinds */
            kinds?: components["schemas"]["TaskKind"][] | null;
        };
        /**
         * NoteRecord
         * @description A remark for the next person, pinned to a picture, a span of pictures, a region, or to nothing.
         */
        NoteRecord: {
            /**
             * Author
             * @default
             */
            author: string;
            box: components["schemas"]["Box"] | null;
            /** Id */
            id: string;
            /** Picture */
            picture: number | null;
            /** Picture End */
            picture_end: number | null;
            /** Text */
            text: string;
        };
        /**
         * Operation
         * @description One edit. `put` replaces the whole record of that id, `remove` deletes it; `id` makes a replay harmless.
         */
        Operation: {
            /**
             * Collection
             * @enum {string}
             */
            collection: "subjects" | "events" | "questions" | "answers" | "notes";
            /** Id */
            id: string;
            /** Record */
            record: {
                [key: string]: unknown;
            } | null;
            /** Record Id */
            record_id: string;
            /**
             * Verb
             * @enum {string}
             */
            verb: "put" | "remove";
        };
        /**
         * OtherSubject
         * @description Another subject of the same video, and the events that were handed in for it last.
         */
        OtherSubject: {
            /** Events */
            events: components["schemas"]["EventRecord"][];
            /** Label */
            label: string;
            /**
             * Masklet Id
             * Format: uuid
             */
            masklet_id: string;
            /** Number */
            number: number;
            /** Presence */
            presence: [
                number,
                number
            ][] | null;
        };
        /** Page[DeliveryOut] */
        Page_DeliveryOut_: {
            /** Items */
            items: components["schemas"]["DeliveryOut"][];
            /** Next */
            next: string | null;
        };
        /** Page[DocumentRow] */
        Page_DocumentRow_: {
            /** Items */
            items: components["schemas"]["DocumentRow"][];
            /** Next */
            next: string | null;
        };
        /** Page[EvaluationOut] */
        Page_EvaluationOut_: {
            /** Items */
            items: components["schemas"]["EvaluationOut"][];
            /** Next */
            next: string | null;
        };
        /** Page[FetchOut] */
        Page_FetchOut_: {
            /** Items */
            items: components["schemas"]["FetchOut"][];
            /** Next */
            next: string | null;
        };
        /** Page[FileOut] */
        Page_FileOut_: {
            /** Items */
            items: components["schemas"]["FileOut"][];
            /** Next */
            next: string | null;
        };
        /** Page[JobDetail] */
        Page_JobDetail_: {
            /** Items */
            items: components["schemas"]["JobDetail"][];
            /** Next */
            next: string | null;
        };
        /** Page[LogEntry] */
        Page_LogEntry_: {
            /** Items */
            items: components["schemas"]["LogEntry"][];
            /** Next */
            next: string | null;
        };
        /** Page[MemberOut] */
        Page_MemberOut_: {
            /** Items */
            items: components["schemas"]["MemberOut"][];
            /** Next */
            next: string | null;
        };
        /** Page[ProblemOut] */
        Page_ProblemOut_: {
            /** Items */
            items: components["schemas"]["ProblemOut"][];
            /** Next */
            next: string | null;
        };
        /** Page[ProjectOut] */
        Page_ProjectOut_: {
            /** Items */
            items: components["schemas"]["ProjectOut"][];
            /** Next */
            next: string | null;
        };
        /** Page[ReleaseOut] */
        Page_ReleaseOut_: {
            /** Items */
            items: components["schemas"]["ReleaseOut"][];
            /** Next */
            next: string | null;
        };
        /** Page[ReviewOut] */
        Page_ReviewOut_: {
            /** Items */
            items: components["schemas"]["ReviewOut"][];
            /** Next */
            next: string | null;
        };
        /** Page[RunOut] */
        Page_RunOut_: {
            /** Items */
            items: components["schemas"]["RunOut"][];
            /** Next */
            next: string | null;
        };
        /** Page[SegmentOut] */
        Page_SegmentOut_: {
            /** Items */
            items: components["schemas"]["SegmentOut"][];
            /** Next */
            next: string | null;
        };
        /** Page[TaskRow] */
        Page_TaskRow_: {
            /** Items */
            items: components["schemas"]["TaskRow"][];
            /** Next */
            next: string | null;
        };
        /** Page[UserOut] */
        Page_UserOut_: {
            /** Items */
            items: components["schemas"]["UserOut"][];
            /** Next */
            next: string | null;
        };
        /** Page[VideoOut] */
        Page_VideoOut_: {
            /** Items */
            items: components["schemas"]["VideoOut"][];
            /** Next */
            next: string | null;
        };
        /** Page[WithdrawnOut] */
        Page_WithdrawnOut_: {
            /** Items */
            items: components["schemas"]["WithdrawnOut"][];
            /** Next */
            next: string | null;
        };
        /**
         * PasswordChange
         * @description A new password.
         */
        PasswordChange: {
            /** Current */
            current: string;
            /** New */
            new: string;
        };
        /** PastReview */
        PastReview: {
            /** Comment */
            comment: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Reasons */
            reasons: string[];
            /** Reviewer Name */
            reviewer_name: string | null;
            /** Step */
            step: string | null;
            verdict: components["schemas"]["Verdict"];
        };
        /**
         * PauseReason
         * @description Why nothing is sent to a webhook.
         * @enum {string}
         */
        PauseReason: "person" | "failing" | "gone";
        /** Person */
        Person: {
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Name */
            name: string;
        };
        /**
         * PersonQuality
         * @description One person's work at one step. `accepted` and `returned` count what reviewers decided on it, policy left out.
         */
        PersonQuality: {
            /** Accepted */
            accepted: number;
            /** Active Seconds */
            active_seconds: number;
            kind: components["schemas"]["TaskKind"];
            /** Name */
            name: string;
            /**
             * Person Id
             * Format: uuid
             */
            person_id: string;
            /** Returned */
            returned: number;
            /** Tasks */
            tasks: number;
        };
        /**
         * Point
         * @description A click, in proxy pixels; `positive` says whether it belongs to the subject.
         */
        Point: {
            /**
             * Positive
             * @default true
             */
            positive: boolean;
            /** X */
            x: number;
            /** Y */
            y: number;
        };
        /**
         * Preferences
         * @description How a person works, the same in every browser. What a newer version of the site stored beside it does no harm.
         */
        Preferences: {
            /** Keys */
            keys: {
                [key: string]: string[];
            };
            /**
             * Reaction Ms
             * @default 250
             */
            reaction_ms: number;
            /**
             * Setup Done
             * @default false
             */
            setup_done: boolean;
            /**
             * Tour Done
             * @default false
             */
            tour_done: boolean;
        };
        /**
         * PreferencesPatch
         * @description What changes of how a person works; what is left out stays, so that two pages do not undo each other.
         */
        PreferencesPatch: {
            /** Keys */
            keys?: {
                [key: string]: string[];
            } | null;
            /** Reaction Ms */
            reaction_ms?: number | null;
            /** Setup Done */
            setup_done?: boolean | null;
            /** Tour Done */
            tour_done?: boolean | null;
        };
        /** PreviewOut */
        PreviewOut: {
            /** Frames */
            frames: number[];
            /** Samples */
            samples: components["schemas"]["Sample"][];
        };
        /**
         * PreviewProblem
         * @description The first thing that is wrong with a document.
         */
        PreviewProblem: {
            /** Code */
            code: string;
            /**
             * Document Id
             * Format: uuid
             */
            document_id: string;
            /** Field */
            field: string;
            /** Message */
            message: string;
            /**
             * Task Id
             * Format: uuid
             */
            task_id: string;
        };
        /**
         * Previous
         * @description What an earlier step handed in.
         */
        Previous: {
            /** Author Name */
            author_name: string | null;
            body: components["schemas"]["Body"];
            kind: components["schemas"]["TaskKind"];
            /**
             * Submitted At
             * Format: date-time
             */
            submitted_at: string;
        };
        /**
         * Problem
         * @description Something a rule found: `field` is a path such as `events.e1.caption`; `error` blocks submitting.
         */
        Problem: {
            /** Code */
            code: string;
            /** Field */
            field: string;
            /** Message */
            message: string;
            /**
             * Severity
             * @default error
             * @enum {string}
             */
            severity: "error" | "warning";
        };
        /**
         * ProblemDetails
         * @description The body of every error (RFC 9457). Extra members are allowed and documented by the error that adds them.
         */
        ProblemDetails: {
            /** Detail */
            detail: string;
            /** Errors */
            errors?: components["schemas"]["FieldProblem"][] | null;
            /** Field */
            field?: string | null;
            /** Status */
            status: number;
            /** Title */
            title: string;
            /** Type */
            type: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * ProblemOut
         * @description Something in a document that must not be released.
         */
        ProblemOut: {
            /** Code */
            code: string;
            /**
             * Document Id
             * Format: uuid
             */
            document_id: string;
            /** Field */
            field: string;
            /** Message */
            message: string;
            /**
             * Task Id
             * Format: uuid
             */
            task_id: string;
        };
        /** ProjectCounts */
        ProjectCounts: {
            /** Tasks Accepted */
            tasks_accepted: number;
            /** Tasks Leased */
            tasks_leased: number;
            /** Tasks Ready */
            tasks_ready: number;
            /** Tasks Submitted */
            tasks_submitted: number;
            /** Videos */
            videos: number;
        };
        /**
         * ProjectKind
         * @description What a project collects.
         * @enum {string}
         */
        ProjectKind: "stc" | "fgqa";
        /** ProjectNew */
        ProjectNew: {
            /**
             * Description
             * @default
             */
            description?: string;
            kind: components["schemas"]["ProjectKind"];
            /** Name */
            name: string;
            /**
             * Review Share
             * @default 1
             */
            review_share?: number;
        };
        /** ProjectOut */
        ProjectOut: {
            /** Archived */
            archived: boolean;
            /** Cap Daily */
            cap_daily: number | null;
            /** Cap Leases */
            cap_leases: number | null;
            counts: components["schemas"]["ProjectCounts"];
            /** Description */
            description: string;
            /** Drafts After Watch */
            drafts_after_watch: boolean;
            /** Guideline Version */
            guideline_version: number;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            kind: components["schemas"]["ProjectKind"];
            /** Kind Skills */
            kind_skills: {
                [key: string]: string;
            };
            /** Lease Minutes */
            lease_minutes: number;
            my_role: components["schemas"]["Role"];
            /** Name */
            name: string;
            /** Overlap People */
            overlap_people: number;
            /** Overlap Share */
            overlap_share: number;
            propagator: components["schemas"]["PropagatorName"];
            /** Quota Bytes */
            quota_bytes: number | null;
            /** Review Share */
            review_share: number;
        };
        /** ProjectPatch */
        ProjectPatch: {
            /** Archived */
            archived?: boolean | null;
            /** Cap Daily */
            cap_daily?: number | null;
            /** Cap Leases */
            cap_leases?: number | null;
            /** Description */
            description?: string | null;
            /** Drafts After Watch */
            drafts_after_watch?: boolean | null;
            /** Kind Skills */
            kind_skills?: {
                [key: string]: string;
            } | null;
            /** Lease Minutes */
            lease_minutes?: number | null;
            /** Name */
            name?: string | null;
            /** Overlap People */
            overlap_people?: number | null;
            /** Overlap Share */
            overlap_share?: number | null;
            propagator?: components["schemas"]["PropagatorName"] | null;
            /** Quota Bytes */
            quota_bytes?: number | null;
            /** Review Share */
            review_share?: number | null;
        };
        /**
         * PromptRecord
         * @description What a person gave on one picture: clicks, a box, the candidate they chose, or that the subject is absent.
         */
        PromptRecord: {
            /**
             * Absent
             * @default false
             */
            absent: boolean;
            box: components["schemas"]["Box"] | null;
            /** Counts */
            counts: string | null;
            /** Picture */
            picture: number;
            /** Points */
            points: components["schemas"]["Point"][];
        };
        /**
         * PropagatorName
         * @description What turns prompts into masks.
         * @enum {string}
         */
        PropagatorName: "flow" | "sam2";
        /**
         * ProposalIn
         * @description Clicks or a box on one picture, in proxy pixels.
         */
        ProposalIn: {
            box?: components["schemas"]["Box"] | null;
            /** Picture */
            picture: number;
            /** Points */
            points?: components["schemas"]["Point"][];
        };
        /** ProposalOut */
        ProposalOut: {
            /** Candidates */
            candidates: components["schemas"]["Candidate"][];
        };
        /**
         * QualityOut
         * @description How a project's work goes, as far as it is recorded.
         */
        QualityOut: {
            /** People */
            people: components["schemas"]["PersonQuality"][];
            /** Reasons */
            reasons: components["schemas"]["ReasonCount"][];
        };
        /**
         * QuestionForm
         * @description How a question is asked and its answer learned.
         * @enum {string}
         */
        QuestionForm: "fgqa" | "sgqa";
        /** QuestionIn */
        QuestionIn: {
            /** Draft */
            draft?: string | null;
            /** @default fgqa */
            form?: components["schemas"]["QuestionForm"];
            q_type: components["schemas"]["QuestionType"];
            /** Text */
            text: string;
        };
        /**
         * QuestionOrigin
         * @description Where a question came from.
         * @enum {string}
         */
        QuestionOrigin: "imported" | "annotator" | "lead";
        /** QuestionOut */
        QuestionOut: {
            /** Draft */
            draft: string | null;
            form: components["schemas"]["QuestionForm"];
            /**
             * Id
             * Format: uuid
             */
            id: string;
            origin: components["schemas"]["QuestionOrigin"];
            q_type: components["schemas"]["QuestionType"];
            state: components["schemas"]["QuestionState"];
            /** Text */
            text: string;
        };
        /**
         * QuestionRecord
         * @description A question about a segment; `draft` is an answer to verify, or None when the answer is to be written.
         */
        QuestionRecord: {
            /** Draft */
            draft: string | null;
            /** @default fgqa */
            form: components["schemas"]["QuestionForm"];
            /** Id */
            id: string;
            /**
             * Origin
             * @default annotator
             * @enum {string}
             */
            origin: "imported" | "annotator" | "lead";
            q_type: components["schemas"]["QuestionType"];
            /** Text */
            text: string;
        };
        /**
         * QuestionState
         * @description What became of a question.
         * @enum {string}
         */
        QuestionState: "open" | "answered" | "closed";
        /**
         * QuestionType
         * @description The twelve question types of PLM-FGQA.
         * @enum {string}
         */
        QuestionType: "Action Recognition" | "Action Sequence" | "Counting Problems" | "Movement Direction" | "Object Attributes" | "Object Location" | "Object Recognition" | "Object State" | "Pose" | "Spatial Relations" | "Speed/Force" | "Other";
        /** QueueEntry */
        QueueEntry: {
            /** Done Today */
            done_today: number;
            kind: components["schemas"]["TaskKind"];
            leased_by_me: components["schemas"]["TaskOut"] | null;
            /** Ready For Me */
            ready_for_me: number;
        };
        /**
         * Ready
         * @description The server can work, and what it stands on.
         */
        Ready: {
            /** Checks */
            checks: components["schemas"]["Standing"][];
            /** Status */
            status: string;
        };
        /**
         * ReasonCount
         * @description How often a reason was given for a return.
         */
        ReasonCount: {
            /** Count */
            count: number;
            /** Reason */
            reason: string;
        };
        /**
         * Refusal
         * @description A place in a foreign file, or a video, and why it cannot be taken.
         */
        Refusal: {
            /** Message */
            message: string;
            /** Where */
            where: string;
        };
        /**
         * Refused
         * @description A task that stayed as it was, and why.
         */
        Refused: {
            /**
             * Task Id
             * Format: uuid
             */
            task_id: string;
            /** Why */
            why: string;
        };
        /**
         * RejectReason
         * @description Why a drafted answer is rejected. The first two close the question, the others open a write task.
         * @enum {string}
         */
        RejectReason: "irrelevant" | "unanswerable" | "incorrect" | "lacks_detail";
        /** ReleaseDeletion */
        ReleaseDeletion: {
            /** Reason */
            reason: string;
        };
        /**
         * ReleaseDiff
         * @description What this release has that the other has not, and the other way round.
         */
        ReleaseDiff: {
            /** Added */
            added: number;
            /** Changed */
            changed: number;
            /** Items */
            items: components["schemas"]["DiffEntry"][];
            /** Next */
            next: string | null;
            /** Removed */
            removed: number;
            /** Same */
            same: number;
        };
        /**
         * ReleaseIn
         * @description What to release: what meets the rule. `test_share` of the source videos is held out.
         */
        ReleaseIn: {
            /**
             * Licence
             * @default
             */
            licence?: string;
            /** Name */
            name?: string | null;
            rule?: components["schemas"]["Rule"];
            /** Since */
            since?: string | null;
            /**
             * Split By Annotator
             * @default false
             */
            split_by_annotator?: boolean;
            /**
             * Test Share
             * @default 0.2
             */
            test_share?: number;
        };
        /** ReleaseJob */
        ReleaseJob: {
            /** Fraction */
            fraction: number;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Message */
            message: string;
        };
        /** ReleaseOut */
        ReleaseOut: {
            /**
             * Changed At
             * Format: date-time
             */
            changed_at: string;
            /** Counts */
            counts: {
                [key: string]: unknown;
            } | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Deleted At */
            deleted_at: string | null;
            /** Deleted Why */
            deleted_why: string | null;
            /** Deprecated Why */
            deprecated_why: string | null;
            /** Error */
            error: string | null;
            /** Files */
            files: components["schemas"]["FileOut"][];
            /**
             * Id
             * Format: uuid
             */
            id: string;
            job: components["schemas"]["ReleaseJob"] | null;
            /** Kept Why */
            kept_why: string | null;
            /** Licence */
            licence: string;
            /** Manifest Sha256 */
            manifest_sha256: string | null;
            /** Name */
            name: string;
            /** Number */
            number: number;
            /** Problems */
            problems: number;
            /**
             * Project Id
             * Format: uuid
             */
            project_id: string;
            /** Rule */
            rule: {
                [key: string]: unknown;
            };
            /** Since Id */
            since_id: string | null;
            /** Split By Annotator */
            split_by_annotator: boolean;
            state: components["schemas"]["ReleaseState"];
            /** Test Share */
            test_share: number;
        };
        /**
         * ReleasePreviewOut
         * @description What a release would hold now.
         */
        ReleasePreviewOut: {
            /** Answers */
            answers: number;
            /** Captions */
            captions: number;
            /** Documents */
            documents: number;
            /** Exact */
            exact: boolean;
            /** Faulty */
            faulty: number;
            /** Masklets */
            masklets: number;
            /** Problems */
            problems: components["schemas"]["PreviewProblem"][];
            /** Q Types */
            q_types: {
                [key: string]: number;
            };
            /** Splits */
            splits: {
                [key: string]: number;
            };
            /** Videos */
            videos: number;
        };
        /**
         * ReleaseSaid
         * @description What is said about a release; a field that is not given stays as it is, null takes it back.
         */
        ReleaseSaid: {
            /** Deprecated Why */
            deprecated_why?: string | null;
            /** Kept Why */
            kept_why?: string | null;
        };
        /**
         * ReleaseState
         * @description How far a release has come.
         * @enum {string}
         */
        ReleaseState: "building" | "ready" | "failed";
        /**
         * ResendIn
         * @description Which deliveries to send again.
         */
        ResendIn: {
            /** Delivery Ids */
            delivery_ids?: string[] | null;
        };
        /**
         * ResendOut
         * @description How many are on their way again.
         */
        ResendOut: {
            /** Count */
            count: number;
        };
        /**
         * Returned
         * @description What the person who returned the work said.
         */
        Returned: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** By Name */
            by_name: string | null;
            /** Comment */
            comment: string;
            /** Reasons */
            reasons: string[];
            /** Step */
            step: string | null;
        };
        /** ReviewOut */
        ReviewOut: {
            /** Comment */
            comment: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            kind: components["schemas"]["TaskKind"];
            /** Reasons */
            reasons: string[];
            /** Reviewer Name */
            reviewer_name: string | null;
            /** Step */
            step: string | null;
            /**
             * Task Id
             * Format: uuid
             */
            task_id: string;
            verdict: components["schemas"]["Verdict"];
            /** Video Name */
            video_name: string;
        };
        /**
         * Role
         * @description What a member may do in a project. A ladder: each rung may do what the one below may.
         * @enum {string}
         */
        Role: "annotator" | "reviewer" | "lead";
        /**
         * RowError
         * @description What is wrong in a row of an import; `row` counts from 1, in CSV the row after the header is 1.
         */
        RowError: {
            /** Field */
            field: string;
            /** Message */
            message: string;
            /** Row */
            row: number;
        };
        /**
         * Rule
         * @description Every condition must hold; an empty list is no condition. Without any, everything accepted is taken.
         */
        Rule: {
            /** Annotators */
            annotators?: string[];
            /** Domains */
            domains?: string[];
            /** Guideline From */
            guideline_from?: number | null;
            /**
             * Human Only
             * @default false
             */
            human_only?: boolean;
            /** @default anybody */
            judged?: components["schemas"]["Judged"];
            /** Languages */
            languages?: components["schemas"]["Language"][];
            /**
             * Leave Out Faulty
             * @default false
             */
            leave_out_faulty?: boolean;
            /** Q Types */
            q_types?: components["schemas"]["QuestionType"][];
            /** Source Datasets */
            source_datasets?: string[];
            /** @default accepted */
            status?: components["schemas"]["WorkStatus"];
            /** Submitted From */
            submitted_from?: string | null;
            /** Submitted To */
            submitted_to?: string | null;
            /** Without Annotators */
            without_annotators?: string[];
        };
        /** RunFileOut */
        RunFileOut: {
            /** Bytes */
            bytes: number;
            /** Path */
            path: string;
            /** Sha256 */
            sha256: string;
        };
        /** RunIn */
        RunIn: {
            /** Overrides */
            overrides?: {
                [key: string]: unknown;
            };
            /** Recipe */
            recipe: string;
            /**
             * Release Id
             * Format: uuid
             */
            release_id: string;
        };
        /**
         * RunningOut
         * @description What a worker runs.
         */
        RunningOut: {
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Kind */
            kind: string;
            /** Message */
            message: string;
            /** Progress */
            progress: number;
        };
        /** RunOut */
        RunOut: {
            /**
             * Changed At
             * Format: date-time
             */
            changed_at: string;
            /** Code Version */
            code_version: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Error */
            error: string | null;
            /** Files */
            files: components["schemas"]["RunFileOut"][];
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Job Id */
            job_id: string | null;
            /** Overrides */
            overrides: {
                [key: string]: unknown;
            };
            /** Recipe */
            recipe: string;
            release: components["schemas"]["RunRelease"];
            state: components["schemas"]["RunState"];
            status: components["schemas"]["RunStatus"];
        };
        /** RunRelease */
        RunRelease: {
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Name */
            name: string;
            /** Number */
            number: number;
            /**
             * Project Id
             * Format: uuid
             */
            project_id: string;
        };
        /**
         * RunState
         * @description How far a run, or an evaluation, has come.
         * @enum {string}
         */
        RunState: "queued" | "running" | "done" | "failed" | "cancelled";
        /** RunStatus */
        RunStatus: {
            /** Loss */
            loss: number | null;
            /** Message */
            message: string;
            /** Step */
            step: number;
            /** Steps */
            steps: number;
        };
        /**
         * Sample
         * @description One training sample as the trainer will read it.
         */
        Sample: {
            /** Answer */
            answer: string;
            /** Prompt */
            prompt: string;
            /** Task */
            task: string;
        };
        /** SaveIn */
        SaveIn: {
            /** Operations */
            operations: components["schemas"]["Operation"][];
        };
        /** SaveOut */
        SaveOut: {
            /** Problems */
            problems: components["schemas"]["Problem"][];
            /** Revision */
            revision: number;
        };
        /**
         * Scope
         * @description What an access token may do.
         * @enum {string}
         */
        Scope: "read" | "write";
        /** SegmentImportOut */
        SegmentImportOut: {
            /** Created */
            created: number;
            /** Dry Run */
            dry_run: boolean;
            /** Errors */
            errors: components["schemas"]["RowError"][];
            /** Questions */
            questions: number;
        };
        /**
         * SegmentIn
         * @description A segment of a video, by its first and last picture.
         */
        SegmentIn: {
            /**
             * Domain
             * @default
             */
            domain?: string;
            /** External Id */
            external_id?: string | null;
            /** Picture End */
            picture_end: number;
            /** Picture Start */
            picture_start: number;
            /** Questions */
            questions?: components["schemas"]["QuestionIn"][];
            /**
             * Source Dataset
             * @default
             */
            source_dataset?: string;
            /**
             * Video Id
             * Format: uuid
             */
            video_id: string;
            /**
             * What
             * @default
             */
            what?: string;
        };
        /** SegmentOut */
        SegmentOut: {
            /** Domain */
            domain: string;
            /** External Id */
            external_id: string | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Picture End */
            picture_end: number;
            /** Picture Start */
            picture_start: number;
            /**
             * Project Id
             * Format: uuid
             */
            project_id: string;
            /** Questions */
            questions: components["schemas"]["QuestionOut"][];
            /** Source Dataset */
            source_dataset: string;
            /**
             * Video Id
             * Format: uuid
             */
            video_id: string;
            /** Video Name */
            video_name: string;
            /** What */
            what: string;
        };
        /**
         * SideMasks
         * @description The masks of a subject that belonged to it: a track that never changes.
         */
        SideMasks: {
            /** Label */
            label: string;
            /**
             * Masklet Id
             * Format: uuid
             */
            masklet_id: string;
            /** Number */
            number: number;
            /** Presence */
            presence: [
                number,
                number
            ][] | null;
            /**
             * Track Id
             * Format: uuid
             */
            track_id: string;
        };
        /** SideOut */
        SideOut: {
            /** Author Name */
            author_name: string;
            body: components["schemas"]["Body"];
            /** Copy Number */
            copy_number: number;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            kind: components["schemas"]["TaskKind"];
            /** Masks */
            masks: components["schemas"]["SideMasks"][];
            /** Revision */
            revision: number;
            /**
             * Submitted At
             * Format: date-time
             */
            submitted_at: string;
            /**
             * Task Id
             * Format: uuid
             */
            task_id: string;
        };
        /** SkipIn */
        SkipIn: {
            /** Reason */
            reason: string;
        };
        /**
         * Split
         * @description What a source video's rows are for.
         * @enum {string}
         */
        Split: "train" | "test";
        /**
         * SplitIn
         * @description Where a subject is split: the new one, of this name, begins on `picture`.
         */
        SplitIn: {
            /**
             * Label
             * @default
             */
            label?: string;
            /** Picture */
            picture: number;
        };
        /**
         * Standing
         * @description How one part stands. `reason` names the setting to look at; it never repeats what the part itself said.
         */
        Standing: {
            /** Name */
            name: string;
            /** Ok */
            ok: boolean;
            /** Reason */
            reason: string;
        };
        /**
         * StorageOut
         * @description Bytes of the source files of a project's videos. `free_bytes` also knows the site's limit; null: no limit.
         */
        StorageOut: {
            /** Free Bytes */
            free_bytes: number | null;
            /** Quota Bytes */
            quota_bytes: number | null;
            /** Used Bytes */
            used_bytes: number;
            /** Videos */
            videos: number;
        };
        /**
         * SubjectRecord
         * @description A subject that a person chose in a video; its id is the masklet's id.
         */
        SubjectRecord: {
            /** Id */
            id: string;
            /**
             * Label
             * @default
             */
            label: string;
        };
        /** SubmitIn */
        SubmitIn: {
            /** Revision */
            revision: number;
        };
        /**
         * SystemOut
         * @description What the log-in page needs to know.
         */
        SystemOut: {
            /** Demo Accounts */
            demo_accounts: components["schemas"]["DemoAccount"][] | null;
            /** Name */
            name: string;
            /** Propagators */
            propagators: string[];
            /** Recipes */
            recipes: string[];
            /** Version */
            version: string;
        };
        /**
         * TaskKind
         * @description The steps of the two workflows.
         * @enum {string}
         */
        TaskKind: "stc_subject" | "stc_caption" | "stc_verify" | "stc_review" | "fgqa_answer" | "fgqa_review";
        /** TaskOut */
        TaskOut: {
            /** Active Seconds */
            active_seconds: number;
            /** Closed Why */
            closed_why: string | null;
            /** Document Id */
            document_id: string | null;
            /** Drafts After Watch */
            drafts_after_watch: boolean;
            /** Guideline Version */
            guideline_version: number;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            kind: components["schemas"]["TaskKind"];
            /** Lease Expires At */
            lease_expires_at: string | null;
            /** Masklet Id */
            masklet_id: string | null;
            /** Mine */
            mine: boolean;
            /** Newest Guideline Version */
            newest_guideline_version: number;
            /**
             * Project Id
             * Format: uuid
             */
            project_id: string;
            /** Project Name */
            project_name: string;
            returned: components["schemas"]["Returned"] | null;
            /** Returns */
            returns: number;
            segment: components["schemas"]["TaskSegment"] | null;
            state: components["schemas"]["TaskState"];
            /** Target Task Id */
            target_task_id: string | null;
            /**
             * Video Id
             * Format: uuid
             */
            video_id: string;
            /** Video Name */
            video_name: string;
        };
        /**
         * TaskRow
         * @description A task as its project's lead sees it in a list.
         */
        TaskRow: {
            /** Active Seconds */
            active_seconds: number;
            assignee: components["schemas"]["Person"] | null;
            /**
             * Changed At
             * Format: date-time
             */
            changed_at: string;
            /** Closed Why */
            closed_why: string | null;
            /** Copy Number */
            copy_number: number;
            /** Document Id */
            document_id: string | null;
            /** Guideline Version */
            guideline_version: number;
            holder: components["schemas"]["Person"] | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            kind: components["schemas"]["TaskKind"];
            /** Lease Expires At */
            lease_expires_at: string | null;
            /** Masklet Id */
            masklet_id: string | null;
            /** Overlap Id */
            overlap_id: string | null;
            /** Priority */
            priority: number;
            /** Reserved Until */
            reserved_until: string | null;
            /** Returns */
            returns: number;
            /** Segment Id */
            segment_id: string | null;
            /** Skill */
            skill: string;
            state: components["schemas"]["TaskState"];
            /** Submitted At */
            submitted_at: string | null;
            submitted_by: components["schemas"]["Person"] | null;
            /**
             * Video Id
             * Format: uuid
             */
            video_id: string;
            /** Video Name */
            video_name: string;
        };
        /**
         * TaskSegment
         * @description The span that an FGQA task is about, in pictures, end inclusive.
         */
        TaskSegment: {
            /** Domain */
            domain: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Picture End */
            picture_end: number;
            /** Picture Start */
            picture_start: number;
            /** What */
            what: string;
        };
        /**
         * TaskState
         * @description Where a task stands.
         * @enum {string}
         */
        TaskState: "blocked" | "ready" | "leased" | "submitted" | "accepted" | "closed";
        /**
         * Theme
         * @description Look of the web app; `system` follows the machine.
         * @enum {string}
         */
        Theme: "system" | "light" | "dark";
        /**
         * Thumbnails
         * @description The sprite sheet: thumbnail n shows picture `pictures[n]`, in column n % columns; sizes of one in pixels.
         */
        Thumbnails: {
            /** Columns */
            columns: number;
            /** Height */
            height: number;
            /** Pictures */
            pictures: number[];
            /** Rows */
            rows: number;
            /** Width */
            width: number;
        };
        /**
         * TokenIn
         * @description A token to make.
         */
        TokenIn: {
            /** Expires At */
            expires_at?: string | null;
            /** Name */
            name: string;
            /** Scopes */
            scopes: components["schemas"]["Scope"][];
        };
        /**
         * TokenMade
         * @description A new token, shown this once.
         */
        TokenMade: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Expires At */
            expires_at: string | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Last Used At */
            last_used_at: string | null;
            /** Name */
            name: string;
            /** Prefix */
            prefix: string;
            /** Scopes */
            scopes: components["schemas"]["Scope"][];
            /** Token */
            token: string;
        };
        /**
         * TokenOut
         * @description A token; itself only its beginning.
         */
        TokenOut: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Expires At */
            expires_at: string | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Last Used At */
            last_used_at: string | null;
            /** Name */
            name: string;
            /** Prefix */
            prefix: string;
            /** Scopes */
            scopes: components["schemas"]["Scope"][];
        };
        /**
         * Tokens
         * @description All my tokens.
         */
        Tokens: {
            /** Items */
            items: components["schemas"]["TokenOut"][];
            /** Next */
            next: null;
        };
        /**
         * TrackIn
         * @description What to follow: the pictures of a span (without: of the whole video) that need it, from the prompts on one side
         *     or on both.
         */
        TrackIn: {
            /**
             * Direction
             * @default both
             * @enum {string}
             */
            direction?: "forward" | "backward" | "both";
            /** Picture End */
            picture_end?: number | null;
            /** Picture Start */
            picture_start?: number | null;
        };
        /**
         * TrackList
         * @description Versions of a masklet's masks, the newest first.
         */
        TrackList: {
            /** Items */
            items: components["schemas"]["TrackOut"][];
            /** Next */
            next: string | null;
        };
        /**
         * TrackOrigin
         * @description How the masks of a track came to be.
         * @enum {string}
         */
        TrackOrigin: "followed" | "restored" | "joined" | "parted" | "imported";
        /**
         * TrackOut
         * @description One version of the masks; `stale` says that they are not, or not all, those of the present prompts and locks.
         *     Spans are end inclusive.
         */
        TrackOut: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Current */
            current: boolean;
            /** Flags */
            flags: components["schemas"]["Flag"][];
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Job Id */
            job_id: string | null;
            /**
             * Masklet Id
             * Format: uuid
             */
            masklet_id: string;
            origin: components["schemas"]["TrackOrigin"];
            /** Pictures Done */
            pictures_done: number;
            /** Presence */
            presence: [
                number,
                number
            ][] | null;
            /** Prompted */
            prompted: number;
            propagator: components["schemas"]["PropagatorName"];
            /** Stale */
            stale: boolean;
            /** Stale Spans */
            stale_spans: [
                number,
                number
            ][];
            state: components["schemas"]["TrackState"];
            /** Version */
            version: number;
        };
        /**
         * TrackState
         * @description How far the computation of a track has come.
         * @enum {string}
         */
        TrackState: "running" | "done" | "cancelled" | "failed";
        /** UploadFinish */
        UploadFinish: {
            /** Sha256 */
            sha256?: string | null;
        };
        /** UploadNew */
        UploadNew: {
            /** Name */
            name: string;
            /** Size */
            size: number;
        };
        /** UploadOut */
        UploadOut: {
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Name */
            name: string;
            /** Received */
            received: number;
            /** Size */
            size: number;
        };
        /**
         * UserIn
         * @description A person to invite.
         */
        UserIn: {
            /** Email */
            email: string;
            /**
             * Is Admin
             * @default false
             */
            is_admin?: boolean;
            /** Name */
            name: string;
        };
        /**
         * UserInvited
         * @description A new person and the link to send them.
         */
        UserInvited: {
            /** Invitation Url */
            invitation_url: string;
            user: components["schemas"]["UserOut"];
        };
        /**
         * UserOut
         * @description A person, for admins.
         */
        UserOut: {
            /** Active */
            active: boolean;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Email */
            email: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Is Admin */
            is_admin: boolean;
            /** Name */
            name: string;
        };
        /**
         * UserPatch
         * @description What an admin may change about a person.
         */
        UserPatch: {
            /** Active */
            active?: boolean | null;
            /** Is Admin */
            is_admin?: boolean | null;
            /** Name */
            name?: string | null;
        };
        /** ValidationError */
        ValidationError: {
            /** Context */
            ctx?: Record<string, never>;
            /** Input */
            input?: unknown;
            /** Location */
            loc: (string | number)[];
            /** Message */
            msg: string;
            /** Error Type */
            type: string;
        };
        /**
         * Verdict
         * @description What a review says.
         * @enum {string}
         */
        Verdict: "accept" | "return";
        /**
         * VersionOut
         * @description Something that was handed in. Copy 0 is the work that goes on; 1, 2, … is the same work by somebody else.
         */
        VersionOut: {
            /** Author Name */
            author_name: string;
            /** Copy Number */
            copy_number: number;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            kind: components["schemas"]["TaskKind"];
            /** Revision */
            revision: number;
            /**
             * Submitted At
             * Format: date-time
             */
            submitted_at: string;
            /**
             * Task Id
             * Format: uuid
             */
            task_id: string;
        };
        /** VideoOut */
        VideoOut: {
            /** Constant Rate */
            constant_rate: boolean | null;
            /** Flag Reason */
            flag_reason: string | null;
            /** Grid Length */
            grid_length: number | null;
            /** Has Audio */
            has_audio: boolean | null;
            /** Height */
            height: number | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Name */
            name: string;
            /** Pictures */
            pictures: number | null;
            progress: components["schemas"]["VideoProgress"] | null;
            /** Rate */
            rate: number | null;
            /** Reason */
            reason: string | null;
            /** Reason Code */
            reason_code: string | null;
            /** Seconds */
            seconds: number | null;
            /** Sha256 */
            sha256: string;
            /** Size */
            size: number;
            /** Source Height */
            source_height: number | null;
            /** Source Width */
            source_width: number | null;
            state: components["schemas"]["VideoState"];
            thumbnails: components["schemas"]["Thumbnails"] | null;
            /** Width */
            width: number | null;
        };
        /** VideoProgress */
        VideoProgress: {
            /** Fraction */
            fraction: number;
            /**
             * Job Id
             * Format: uuid
             */
            job_id: string;
            /** Message */
            message: string;
        };
        /**
         * VideoState
         * @description How far a video has come.
         * @enum {string}
         */
        VideoState: "queued" | "ingesting" | "ready" | "refused" | "failed";
        /**
         * WebhookMade
         * @description The same with its secret, which is shown this once.
         */
        WebhookMade: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Delivered At */
            delivered_at: string | null;
            /** Events */
            events: components["schemas"]["HookEvent"][];
            /** Failing Since */
            failing_since: string | null;
            /** Failures */
            failures: number;
            /** Hint */
            hint: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Name */
            name: string;
            paused: components["schemas"]["PauseReason"] | null;
            /** Paused At */
            paused_at: string | null;
            /** Project Id */
            project_id: string | null;
            /** Secret */
            secret: string;
            /** Url */
            url: string;
        };
        /**
         * WebhookNew
         * @description A webhook to add.
         */
        WebhookNew: {
            /** Events */
            events: components["schemas"]["HookEvent"][];
            /**
             * Name
             * @default
             */
            name?: string;
            /** Url */
            url: string;
        };
        /**
         * WebhookOut
         * @description A webhook and how it stands.
         */
        WebhookOut: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Delivered At */
            delivered_at: string | null;
            /** Events */
            events: components["schemas"]["HookEvent"][];
            /** Failing Since */
            failing_since: string | null;
            /** Failures */
            failures: number;
            /** Hint */
            hint: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Name */
            name: string;
            paused: components["schemas"]["PauseReason"] | null;
            /** Paused At */
            paused_at: string | null;
            /** Project Id */
            project_id: string | null;
            /** Url */
            url: string;
        };
        /**
         * WebhookPatch
         * @description What to change of a webhook; what is left out stays.
         */
        WebhookPatch: {
            /** Events */
            events?: components["schemas"]["HookEvent"][] | null;
            /** Name */
            name?: string | null;
            /** Paused */
            paused?: boolean | null;
            /** Url */
            url?: string | null;
        };
        /**
         * WithdrawnOut
         * @description A source video of the release that was set aside since: do not use it any more.
         */
        WithdrawnOut: {
            /** Sha256 */
            sha256: string;
            /** Video */
            video: string;
        };
        /**
         * WorkerOut
         * @description A process that runs jobs.
         */
        WorkerOut: {
            /** Alive */
            alive: boolean;
            /** Concurrency */
            concurrency: number;
            fell_back: components["schemas"]["FellBackOut"] | null;
            /** Gpus */
            gpus: components["schemas"]["GpuOut"][];
            /**
             * Heartbeat At
             * Format: date-time
             */
            heartbeat_at: string;
            /** Holds */
            holds: string[];
            /** Host */
            host: string;
            /** Lanes */
            lanes: string[];
            /** Leaving */
            leaving: boolean;
            /** Name */
            name: string;
            /** Pid */
            pid: number;
            /** Running */
            running: components["schemas"]["RunningOut"][];
            /**
             * Started At
             * Format: date-time
             */
            started_at: string;
            /** Version */
            version: string;
        };
        /** WorkQueueOut */
        WorkQueueOut: {
            caps: components["schemas"]["Caps"];
            /** Items */
            items: components["schemas"]["QueueEntry"][];
        };
        /**
         * WorkStatus
         * @description How far work must have come.
         * @enum {string}
         */
        WorkStatus: "accepted" | "submitted";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    save_document: {
        parameters: {
            query?: never;
            header?: {
                "if-match"?: string | null;
            };
            path: {
                document_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SaveIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SaveOut"];
                };
            };
            /** @description `document_not_found`: There is no such document, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `lease_lost`: This task is not yours at the moment: its time ran out, or it was given back.
             *
             *     `task_already_submitted`: This task is already submitted.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `revision_conflict`: The document was changed in the meantime: put your edits on top of the newer revision. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `operations_refused`: An edit cannot be saved. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `revision_missing`: Say which revision you have seen: If-Match: "<revision>". */
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    read_operations: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                newest_first?: boolean;
            };
            header?: never;
            path: {
                document_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_LogEntry_"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `document_not_found`: There is no such document, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    listen: {
        parameters: {
            query: {
                last_event_id?: string | null;
                topic: string[];
            };
            header?: {
                "last-event-id"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthorized`: Sign in first. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    forget_fetch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                fetch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `fetch_not_found`: There is no such fetch, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `fetch_active`: This is being fetched: cancel it first. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    retry_fetch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                fetch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FetchOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `fetch_not_found`: There is no such fetch, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    get_invitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationOut"];
                };
            };
            /** @description `invitation_over`: This link was used, is too old, or was replaced by a newer one. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    accept_invitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationAnswer"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description `invitation_over`: This link was used, is too old, or was replaced by a newer one. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `weak_password`: This password is too easy to guess. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    list_jobs: {
        parameters: {
            query?: {
                cursor?: string | null;
                housekeeping?: boolean;
                kind?: string | null;
                limit?: number;
                state?: components["schemas"]["JobState"] | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_JobDetail_"];
                };
            };
            /** @description `unauthorized`: Sign in first. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_job: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobDetail"];
                };
            };
            /** @description `unauthorized`: Sign in first. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    cancel_job: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobDetail"];
                };
            };
            /** @description `unauthorized`: Sign in first. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    retry_job: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobDetail"];
                };
            };
            /** @description `unauthorized`: Sign in first. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `job_not_retryable`: This job cannot be tried again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    remove_masklet: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                masklet_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `masklet_not_found`: There is no such masklet, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `masklet_settled`: This masklet is accepted or removed: it cannot be changed.
             *
             *     `lease_lost`: This task is not yours at the moment: its time ran out, or it was given back.
             *
             *     `task_already_submitted`: This task is already submitted.
             *
             *     `not_asubject_task`: Masklets are made in the task in which subjects are chosen.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    patch_masklet: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                masklet_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MaskletPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MaskletOut"];
                };
            };
            /** @description `masklet_not_found`: There is no such masklet, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `masklet_settled`: This masklet is accepted or removed: it cannot be changed.
             *
             *     `lease_lost`: This task is not yours at the moment: its time ran out, or it was given back.
             *
             *     `task_already_submitted`: This task is already submitted.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    draw_mask: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                masklet_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DrawingIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DrawingOut"];
                };
            };
            /** @description `masklet_not_found`: There is no such masklet, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `masklet_settled`: This masklet is accepted or removed: it cannot be changed.
             *
             *     `lease_lost`: This task is not yours at the moment: its time ran out, or it was given back.
             *
             *     `task_already_submitted`: This task is already submitted.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `prompt_refused`: This prompt cannot be used.
             *
             *     `drawing_refused`: This drawing cannot be made a mask.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `drawings_wait`: Too many people draw at this moment: try again. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    put_locks: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                masklet_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LocksIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MaskletOut"];
                };
            };
            /** @description `masklet_not_found`: There is no such masklet, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `masklet_settled`: This masklet is accepted or removed: it cannot be changed.
             *
             *     `lease_lost`: This task is not yours at the moment: its time ran out, or it was given back.
             *
             *     `task_already_submitted`: This task is already submitted.
             *
             *     `nothing_to_lock`: There are no masks of the present prompts to lock here: follow the subject first.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `lock_refused`: This span cannot be locked. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    read_masks: {
        parameters: {
            query?: {
                start?: number;
                stop?: number | null;
                track?: string | null;
            };
            header?: never;
            path: {
                masklet_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MasksOut"];
                };
            };
            /**
             * @description `masklet_not_found`: There is no such masklet, or you may not see it.
             *
             *     `track_not_found`: There is no such track, or the masklet was not tracked yet.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    merge_masklets: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                masklet_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MergeIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MaskletOut"];
                };
            };
            /** @description `masklet_not_found`: There is no such masklet, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `masklet_settled`: This masklet is accepted or removed: it cannot be changed.
             *
             *     `not_asubject_task`: Masklets are made in the task in which subjects are chosen.
             *
             *     `not_followed`: Follow the subject first: its masks must be those of its present prompts, over the whole video.
             *
             *     `changed_meanwhile`: Somebody changed this subject meanwhile: nothing was done, try again.
             *
             *     `lease_lost`: This task is not yours at the moment: its time ran out, or it was given back.
             *
             *     `task_already_submitted`: This task is already submitted.
             *
             *     `merge_locked`: A subject has locked spans: unlock them before it is merged.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `merge_refused`: These subjects cannot be merged. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    put_prompt: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                masklet_id: string;
                picture: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromptRecord"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MaskletOut"];
                };
            };
            /** @description `masklet_not_found`: There is no such masklet, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `masklet_settled`: This masklet is accepted or removed: it cannot be changed.
             *
             *     `lease_lost`: This task is not yours at the moment: its time ran out, or it was given back.
             *
             *     `task_already_submitted`: This task is already submitted.
             *
             *     `picture_locked`: This picture is locked: unlock it first.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `prompt_refused`: This prompt cannot be used. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    delete_prompt: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                masklet_id: string;
                picture: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MaskletOut"];
                };
            };
            /**
             * @description `masklet_not_found`: There is no such masklet, or you may not see it.
             *
             *     `not_found`: There is no such thing, or you may not see it.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `masklet_settled`: This masklet is accepted or removed: it cannot be changed.
             *
             *     `lease_lost`: This task is not yours at the moment: its time ran out, or it was given back.
             *
             *     `task_already_submitted`: This task is already submitted.
             *
             *     `picture_locked`: This picture is locked: unlock it first.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    propose_masks: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                masklet_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProposalIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProposalOut"];
                };
            };
            /** @description `masklet_not_found`: There is no such masklet, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `masklet_settled`: This masklet is accepted or removed: it cannot be changed.
             *
             *     `lease_lost`: This task is not yours at the moment: its time ran out, or it was given back.
             *
             *     `task_already_submitted`: This task is already submitted.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `prompt_refused`: This prompt cannot be used. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `proposal_late`: The worker for clicks did not answer in time: try again, or ask an admin whether it runs.
             *
             *     `proposal_failed`: The worker could not make a mask from this prompt.
             */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    split_masklet: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                masklet_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SplitIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MaskletList"];
                };
            };
            /** @description `masklet_not_found`: There is no such masklet, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `masklet_settled`: This masklet is accepted or removed: it cannot be changed.
             *
             *     `not_asubject_task`: Masklets are made in the task in which subjects are chosen.
             *
             *     `not_followed`: Follow the subject first: its masks must be those of its present prompts, over the whole video.
             *
             *     `changed_meanwhile`: Somebody changed this subject meanwhile: nothing was done, try again.
             *
             *     `lease_lost`: This task is not yours at the moment: its time ran out, or it was given back.
             *
             *     `task_already_submitted`: This task is already submitted.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `split_refused`: The subject cannot be split here. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    list_tracks: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path: {
                masklet_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrackList"];
                };
            };
            /** @description `masklet_not_found`: There is no such masklet, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    start_track: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                masklet_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TrackIn"] | null;
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrackOut"];
                };
            };
            /** @description `masklet_not_found`: There is no such masklet, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `masklet_settled`: This masklet is accepted or removed: it cannot be changed.
             *
             *     `lease_lost`: This task is not yours at the moment: its time ran out, or it was given back.
             *
             *     `task_already_submitted`: This task is already submitted.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `nothing_to_track`: Click or box the subject on at least one picture first.
             *
             *     `range_refused`: There are no such pictures to follow.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    restore_track: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                masklet_id: string;
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MaskletOut"];
                };
            };
            /**
             * @description `masklet_not_found`: There is no such masklet, or you may not see it.
             *
             *     `track_not_found`: There is no such track, or the masklet was not tracked yet.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `masklet_settled`: This masklet is accepted or removed: it cannot be changed.
             *
             *     `lease_lost`: This task is not yours at the moment: its time ran out, or it was given back.
             *
             *     `task_already_submitted`: This task is already submitted.
             *
             *     `version_refused`: This version of the masks cannot be restored: it did not come to its end.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description `unauthorized`: Sign in first. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    edit_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MePatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description `unauthorized`: Sign in first. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `session_only`: Access tokens can not do this: sign in. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    change_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthorized`: Sign in first. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `session_only`: Access tokens can not do this: sign in. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `wrong_password`: The present password is wrong.
             *
             *     `weak_password`: This password is too easy to guess.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too_many_logins`: Too many attempts to log in: wait a minute. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    list_tokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            /** @description `unauthorized`: Sign in first. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `session_only`: Access tokens can not do this: sign in. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    make_token: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenMade"];
                };
            };
            /** @description `unauthorized`: Sign in first. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `session_only`: Access tokens can not do this: sign in. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too_many_tokens`: You have too many access tokens: revoke one first. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    revoke_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthorized`: Sign in first. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `session_only`: Access tokens can not do this: sign in. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_projects: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ProjectOut_"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_project: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProjectNew"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectOut"];
                };
            };
            /** @description `admin_only`: Only an admin may do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    read_project: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectOut"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    patch_project: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProjectPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectOut"];
                };
            };
            /** @description `admin_only`: Only an admin may do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    import_caption_file: {
        parameters: {
            query: {
                /** @description Only tell what would come, and change nothing. */
                dry_run?: boolean;
                /** @description What the file is. */
                format: "activitynet" | "csv" | "cvat" | "elan" | "label_studio" | "plm" | "webvtt";
                /** @description The file's name: WebVTT says by it what it is about. */
                name?: string;
                /** @description The video that the file is about; without: by the names in the file. */
                video_id?: string | null;
            };
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaptionImportOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `import_runs`: Another file is being imported into this project: wait for it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `upload_too_large`: This is more than the upload was announced to have, or more than the server accepts. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `import_refused`: This file cannot be imported: nothing was made. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `storage_full`: The storage is full: nothing was stored. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    list_documents: {
        parameters: {
            query?: {
                cursor?: string | null;
                /** @description With commas: only these fields of each; left out: all. */
                fields?: string | null;
                limit?: number;
                updated_since?: string | null;
            };
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_DocumentRow_"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `bad_fields`: The answer has no such field. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    read_effort: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EffortOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_fetches: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                state?: components["schemas"]["FetchState"] | null;
            };
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_FetchOut_"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    begin_fetches: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FetchNew"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FetchOut"][];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `addresses_refused`: Some of these addresses are not fetched: nothing was added. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    read_guideline: {
        parameters: {
            query?: {
                version?: number | null;
            };
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GuidelineOut"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    write_guideline: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GuidelineNew"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GuidelineOut"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    import_masklet_file: {
        parameters: {
            query: {
                /** @description Only tell what would come, and change nothing. */
                dry_run?: boolean;
                /** @description Number of the file's first frame: 0, and 1 for MOTS. */
                first_frame?: number | null;
                /** @description What the file is. */
                format: "sav" | "coco" | "davis" | "youtube_vos" | "mots" | "cvat";
                /** @description The file's name: videos are found by it where it is all there is. */
                name?: string;
                /** @description The video that the file is about; without: by the names in the file. */
                video_id?: string | null;
            };
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MaskletImportOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `import_runs`: Another file is being imported into this project: wait for it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `upload_too_large`: This is more than the upload was announced to have, or more than the server accepts. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `import_refused`: This file cannot be imported: nothing was made. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `storage_full`: The storage is full: nothing was stored. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    list_members: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_MemberOut_"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    add_member: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MemberNew"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberOut"];
                };
            };
            /**
             * @description `project_not_found`: There is no such project, or you are not in it.
             *
             *     `nobody_there`: Nobody with this address has an account here: ask an administrator to invite them.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `already_member`: This person is in the project already. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    set_member: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MemberIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberOut"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `last_lead`: A project keeps at least one lead: name another one first.
             *
             *     `own_role`: Nobody changes their own role: ask another lead or an admin.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    remove_member: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `last_lead`: A project keeps at least one lead: name another one first. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    read_quality: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QualityOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    read_queue: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkQueueOut"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_releases: {
        parameters: {
            query?: {
                cursor?: string | null;
                /** @description With commas: only these fields of each; left out: all. */
                fields?: string | null;
                limit?: number;
                updated_since?: string | null;
            };
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ReleaseOut_"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `bad_fields`: The answer has no such field. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    create_release: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string | null;
            };
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReleaseIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReleaseOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `nothing_accepted`: Nothing is accepted in this project yet: a release holds only accepted work.
             *
             *     `nothing_selected`: The rule selects nothing: no work meets all of its conditions.
             *
             *     `release_not_ready`: This release is not built (yet).
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `other_request`: This Idempotency-Key was used for another request: draw a new one. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    preview_release: {
        parameters: {
            query?: {
                /** @description A Rule as JSON; left out: everything */
                rule?: string | null;
                since?: string | null;
            };
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReleasePreviewOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `release_not_ready`: This release is not built (yet). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `bad_rule`: This is no rule for a release. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `previews_wait`: Too many people look at what a release would hold at this moment: try again. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    list_reviews: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ReviewOut_"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_segments: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_SegmentOut_"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_segment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SegmentIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SegmentOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `segment_refused`: This segment cannot be made. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    import_segments: {
        parameters: {
            query?: {
                dry_run?: boolean;
            };
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/jsonl": string;
                "text/csv": string;
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SegmentImportOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    read_storage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StorageOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    read_tasks: {
        parameters: {
            query?: {
                cursor?: string | null;
                /** @description With commas: only these fields of each; left out: all. */
                fields?: string | null;
                kind?: components["schemas"]["TaskKind"] | null;
                limit?: number;
                person_id?: string | null;
                state?: components["schemas"]["TaskState"] | null;
                updated_since?: string | null;
                video_id?: string | null;
            };
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_TaskRow_"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `bad_fields`: The answer has no such field. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    change_tasks: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BulkIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `tasks_unknown`: Not all of these tasks are in this project: nothing was changed.
             *
             *     `assignee_unfit`: Nobody can be given tasks who is not active in this project.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    next_task: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NextIn"] | null;
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskOut"];
                };
            };
            /** @description Nothing is waiting for you. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    preload_task: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NextIn"] | null;
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskOut"];
                };
            };
            /** @description Nothing is waiting for you. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    begin_upload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UploadNew"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `quota_exceeded`: There is no room left for this video. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `upload_too_large`: This is more than the upload was announced to have, or more than the server accepts. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_videos: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_VideoOut_"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    remove_video: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
                video_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `project_not_found`: There is no such project, or you are not in it.
             *
             *     `video_not_found`: There is no such video, or you may not see it.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `video_in_use`: Somebody worked on this video: it stays in the project. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    flag_video: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
                video_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FlagIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlagOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `project_not_found`: There is no such project, or you are not in it.
             *
             *     `video_not_in_project`: There is no such video in this project.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    unflag_video: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
                video_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlagOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `project_not_found`: There is no such project, or you are not in it.
             *
             *     `video_not_in_project`: There is no such video in this project.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    retry_import: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
                video_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VideoOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `project_not_found`: There is no such project, or you are not in it.
             *
             *     `video_not_found`: There is no such video, or you may not see it.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_webhooks: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookOut"][];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookNew"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookMade"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `project_not_found`: There is no such project, or you are not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too_many_webhooks`: There are too many webhooks here: delete one first. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `webhook_refused`: Nothing can be sent to this address. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    list_queues: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LaneOut"][];
                };
            };
            /** @description `unauthorized`: Sign in first. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            /** @description `not_ready`: The server can not work: a part that it needs is not there. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    read_release: {
        parameters: {
            query?: {
                /** @description With commas: only these fields of each; left out: all. */
                fields?: string | null;
            };
            header?: never;
            path: {
                release_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReleaseOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `release_not_found`: There is no such release, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `bad_fields`: The answer has no such field. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    say_of_release: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                release_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReleaseSaid"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReleaseOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `release_not_found`: There is no such release, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `release_deleted`: This release was deleted. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    delete_a_release: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                release_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReleaseDeletion"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReleaseOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `release_not_found`: There is no such release, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `release_kept`: This release is kept because somebody relies on it: take that back first.
             *
             *     `release_not_ready`: This release is not built (yet).
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `release_deleted`: This release was deleted. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    diff_releases: {
        parameters: {
            query: {
                cursor?: string | null;
                limit?: number;
                with: string;
            };
            header?: never;
            path: {
                release_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReleaseDiff"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `release_not_found`: There is no such release, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `not_comparable`: These releases cannot be compared. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_release_files: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                media?: boolean | null;
            };
            header?: never;
            path: {
                release_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_FileOut_"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `release_not_found`: There is no such release, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `release_not_ready`: This release is not built (yet). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `release_deleted`: This release was deleted. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    read_release_file: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                path: string;
                release_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `release_not_found`: There is no such release, or you may not see it.
             *
             *     `release_file_not_found`: This release has no such file.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `release_not_ready`: This release is not built (yet). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `release_deleted`: This release was deleted. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    read_manifest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                release_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `release_not_found`: There is no such release, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `release_not_ready`: This release is not built (yet). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `release_deleted`: This release was deleted. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_release_problems: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path: {
                release_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ProblemOut_"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `release_not_found`: There is no such release, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_withdrawn: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path: {
                release_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_WithdrawnOut_"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `release_not_found`: There is no such release, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_runs: {
        parameters: {
            query?: {
                cursor?: string | null;
                /** @description With commas: only these fields of each; left out: all. */
                fields?: string | null;
                limit?: number;
                updated_since?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_RunOut_"];
                };
            };
            /** @description `bad_fields`: The answer has no such field. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    create_run: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `release_not_found`: There is no such release, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `release_not_ready`: This release is not built (yet). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `unknown_recipe`: There is no such recipe.
             *
             *     `bad_override`: The recipe cannot be changed like this.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    read_run: {
        parameters: {
            query?: {
                /** @description With commas: only these fields of each; left out: all. */
                fields?: string | null;
            };
            header?: never;
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `run_not_found`: There is no such run, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `bad_fields`: The answer has no such field. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    cancel_run: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `run_not_found`: There is no such run, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_evaluations: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_EvaluationOut_"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `run_not_found`: There is no such run, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_evaluation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EvaluationIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EvaluationOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `run_not_found`: There is no such run, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `run_not_done`: Only the network of a finished run can be scored. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    read_run_file: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                path: string;
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `run_not_found`: There is no such run, or you may not see it.
             *
             *     `run_file_not_found`: This run wrote no such file.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    read_metrics: {
        parameters: {
            query?: {
                after_step?: number;
            };
            header?: never;
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MetricsOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `run_not_found`: There is no such run, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    log_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Login"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description `wrong_login`: The e-mail address or the password is wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            /** @description `too_many_logins`: Too many attempts to log in: wait a minute. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    log_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    log_out_everywhere: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthorized`: Sign in first. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `session_only`: Access tokens can not do this: sign in. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    system: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SystemOut"];
                };
            };
        };
    };
    read_task: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskOut"];
                };
            };
            /** @description `task_not_found`: There is no such task, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    read_beside: {
        parameters: {
            query?: {
                left?: string | null;
                right?: string | null;
            };
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BesideOut"];
                };
            };
            /**
             * @description `role_too_low`: Your role in this project does not allow this.
             *
             *     `own_copy_open`: You are to do a copy of this work yourself: hand it in before you look at what others made of it.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `task_not_found`: There is no such task, or you may not see it.
             *
             *     `version_not_found`: Nothing of this id was handed in for this work.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    read_context: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContextOut"];
                };
            };
            /** @description `task_not_found`: There is no such task, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    decide_task: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecisionIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskOut"];
                };
            };
            /** @description `own_work`: Nobody decides on their own work. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `task_not_found`: There is no such task, or you may not see it.
             *
             *     `document_not_found`: There is no such document, or you may not see it.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `lease_lost`: This task is not yours at the moment: its time ran out, or it was given back.
             *
             *     `task_already_submitted`: This task is already submitted.
             *
             *     `nothing_to_decide`: This task is handed in, not decided.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `revision_conflict`: The document was changed in the meantime: put your edits on top of the newer revision. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `work_unfinished`: The work breaks rules of its task: mend what is named and hand it in again.
             *
             *     `return_incomplete`: A return says where the work goes and why.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    read_document: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentOut"];
                };
            };
            /**
             * @description `task_not_found`: There is no such task, or you may not see it.
             *
             *     `document_not_found`: There is no such document, or you may not see it.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    heartbeat: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HeartbeatIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HeartbeatOut"];
                };
            };
            /** @description `task_not_found`: There is no such task, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `lease_lost`: This task is not yours at the moment: its time ran out, or it was given back.
             *
             *     `task_already_submitted`: This task is already submitted.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_masklets: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MaskletList"];
                };
            };
            /** @description `task_not_found`: There is no such task, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_masklet: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MaskletNew"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MaskletOut"];
                };
            };
            /** @description `task_not_found`: There is no such task, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `not_asubject_task`: Masklets are made in the task in which subjects are chosen.
             *
             *     `lease_lost`: This task is not yours at the moment: its time ran out, or it was given back.
             *
             *     `task_already_submitted`: This task is already submitted.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    read_preview: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreviewOut"];
                };
            };
            /**
             * @description `task_not_found`: There is no such task, or you may not see it.
             *
             *     `document_not_found`: There is no such document, or you may not see it.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    read_sheet: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `task_not_found`: There is no such task, or you may not see it.
             *
             *     `no_track_yet`: This task's subject has no finished track, so there is nothing to show.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            /** @description `sheets_wait`: Too many people look at the pictures of a preview at this moment: try again. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    release: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `task_not_found`: There is no such task, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `lease_lost`: This task is not yours at the moment: its time ran out, or it was given back.
             *
             *     `task_already_submitted`: This task is already submitted.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    reopen: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `task_not_found`: There is no such task, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `task_not_ready`: This task cannot be changed in its present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    skip: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SkipIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `task_not_found`: There is no such task, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `lease_lost`: This task is not yours at the moment: its time ran out, or it was given back.
             *
             *     `task_already_submitted`: This task is already submitted.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    submit_task: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubmitIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskOut"];
                };
            };
            /**
             * @description `task_not_found`: There is no such task, or you may not see it.
             *
             *     `document_not_found`: There is no such document, or you may not see it.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `lease_lost`: This task is not yours at the moment: its time ran out, or it was given back.
             *
             *     `task_already_submitted`: This task is already submitted.
             *
             *     `decide_instead`: This task ends by a decision: accept or return.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `revision_conflict`: The document was changed in the meantime: put your edits on top of the newer revision. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `work_unfinished`: The work breaks rules of its task: mend what is named and hand it in again. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    take_back: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `task_not_found`: There is no such task, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `task_not_ready`: This task cannot be changed in its present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    cancel_track: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                track_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrackOut"];
                };
            };
            /**
             * @description `masklet_not_found`: There is no such masklet, or you may not see it.
             *
             *     `track_not_found`: There is no such track, or the masklet was not tracked yet.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `masklet_settled`: This masklet is accepted or removed: it cannot be changed.
             *
             *     `lease_lost`: This task is not yours at the moment: its time ran out, or it was given back.
             *
             *     `task_already_submitted`: This task is already submitted.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    read_upload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                upload_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadOut"];
                };
            };
            /** @description `upload_not_found`: There is no such upload, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    append_upload: {
        parameters: {
            query: {
                offset: number;
            };
            header?: never;
            path: {
                upload_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadOut"];
                };
            };
            /** @description `upload_not_found`: There is no such upload, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `offset_differs`: The upload stands at another place: go on from `received`.
             *
             *     `upload_finished`: This upload is finished.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `upload_too_large`: This is more than the upload was announced to have, or more than the server accepts. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            /** @description `storage_full`: The storage is full: nothing was stored. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    finish_upload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                upload_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UploadFinish"] | null;
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VideoOut"];
                };
            };
            /** @description `upload_not_found`: There is no such upload, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `offset_differs`: The upload stands at another place: go on from `received`.
             *
             *     `upload_finished`: This upload is finished.
             *
             *     `upload_incomplete`: Bytes are missing: go on from `received`.
             *
             *     `quota_exceeded`: There is no room left for this video.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `upload_too_large`: This is more than the upload was announced to have, or more than the server accepts. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `hash_differs`: The bytes that came are not those that were sent: upload the file again. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `storage_full`: The storage is full: nothing was stored. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    list_users: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_UserOut_"];
                };
            };
            /** @description `unauthorized`: Sign in first. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `session_only`: Access tokens can not do this: sign in. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    add_user: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserInvited"];
                };
            };
            /** @description `unauthorized`: Sign in first. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `session_only`: Access tokens can not do this: sign in. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `email_taken`: Somebody has this e-mail address already. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    edit_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserOut"];
                };
            };
            /** @description `unauthorized`: Sign in first. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `session_only`: Access tokens can not do this: sign in.
             *
             *     `own_account`: Nobody takes their own admin rights or deactivates themselves: ask another admin.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `last_admin`: This is the last active admin. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    reset_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Link"];
                };
            };
            /** @description `unauthorized`: Sign in first. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `session_only`: Access tokens can not do this: sign in. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `deactivated`: This account is deactivated: activate it first. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    read_video: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                video_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VideoOut"];
                };
            };
            /** @description `video_not_found`: There is no such video, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    read_frames: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                video_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FramesOut"];
                };
            };
            /** @description `video_not_found`: There is no such video, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `video_not_ready`: This video is not imported yet. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `range_not_satisfiable`: The requested range lies outside the file. */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    read_picture: {
        parameters: {
            query?: {
                quality?: number;
            };
            header?: never;
            path: {
                picture: number;
                video_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `video_not_found`: There is no such video, or you may not see it.
             *
             *     `picture_not_found`: The video has no such picture.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `video_not_ready`: This video is not imported yet. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    read_proxy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                video_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `video_not_found`: There is no such video, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `video_not_ready`: This video is not imported yet. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `range_not_satisfiable`: The requested range lies outside the file. */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    read_thumbnails: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                video_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `video_not_found`: There is no such video, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `video_not_ready`: This video is not imported yet. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `range_not_satisfiable`: The requested range lies outside the file. */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_site_webhooks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookOut"][];
                };
            };
            /** @description `admin_only`: Only an admin may do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    create_site_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookNew"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookMade"];
                };
            };
            /** @description `admin_only`: Only an admin may do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too_many_webhooks`: There are too many webhooks here: delete one first. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `webhook_refused`: Nothing can be sent to this address. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    delete_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `webhook_not_found`: There is no such webhook, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    change_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `webhook_not_found`: There is no such webhook, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `webhook_refused`: Nothing can be sent to this address. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    list_webhook_deliveries: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                state?: components["schemas"]["DeliveryState"] | null;
            };
            header?: never;
            path: {
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_DeliveryOut_"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `webhook_not_found`: There is no such webhook, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    ping_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `webhook_not_found`: There is no such webhook, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    resend_deliveries: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResendIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResendOut"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /**
             * @description `webhook_not_found`: There is no such webhook, or you may not see it.
             *
             *     `delivery_not_found`: This webhook has no such delivery: it may have been forgotten after a month.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `webhook_paused`: This webhook is paused: let it go on first. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    rotate_webhook_secret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookMade"];
                };
            };
            /** @description `role_too_low`: Your role in this project does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `webhook_not_found`: There is no such webhook, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_workers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkerOut"][];
                };
            };
            /** @description `unauthorized`: Sign in first. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
}
